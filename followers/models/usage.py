"""API usage by day and path, and the log of exports."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from .accounts import OfficialAccount


class ApiUsage(models.Model):
    """Calls of one account to one path on one day, in Beijing, where WeChat resets its quotas.

    `daily_limit` and `used_elsewhere` (calls of other systems) were reported by WeChat when a user
    requested them; until then, `daily_limit` is NULL.
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
    """An export of followers: who, when and which. `rows` is NULL during the download."""

    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, verbose_name=_("exported by"), null=True
    )
    # Their name, once they are deleted (followers.accounts.names).
    requested_by_name = models.CharField(max_length=150, default="", db_default="", blank=True)
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
