"""The books: calls by day and path, and who took followers out of the system."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from .accounts import OfficialAccount


class ApiUsage(models.Model):
    """Calls of one account to one path on one day (Beijing time, when WeChat's quotas start again).

    `daily_limit` and `used_elsewhere` (calls that other systems made until then) are WeChat's own
    numbers, asked for on request; NULL until somebody did.
    """

    account = models.ForeignKey(OfficialAccount, models.CASCADE, related_name="usage")
    day = models.DateField()
    path = models.CharField(max_length=100)
    calls = models.PositiveIntegerField(default=0)
    daily_limit = models.PositiveIntegerField(null=True)
    used_elsewhere = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "day", "path"], name="usage_unique_per_day")
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.path}: {self.calls}"


class ExportLog(models.Model):
    """Who took which followers out of the system. `rows` is NULL while a download is under way."""

    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, verbose_name=_("exported by"), null=True
    )
    account = models.ForeignKey(
        OfficialAccount, models.SET_NULL, verbose_name=_("account"), null=True, blank=True
    )
    created_at = models.DateTimeField(_("exported"), auto_now_add=True)
    filters = models.JSONField(_("filter"), default=dict)
    rows = models.PositiveIntegerField(_("rows"), null=True)
    complete = models.BooleanField(_("complete"), default=False)

    class Meta:
        verbose_name = _("export")
        verbose_name_plural = _("exports")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"#{self.pk}"
