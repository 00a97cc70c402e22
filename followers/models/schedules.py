"""When accounts are synced by themselves."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from .accounts import OfficialAccount


class SyncSchedule(models.Model):
    """The schedule of one account; followers.schedules computes and starts what is due.

    time, weekday (0: Monday): of the server's TIME_ZONE; hours: the distance of an hourly schedule.
    stages: names of SyncStage.Name, empty for all. details_from, details_until: the local times
    between which details are read, possibly over midnight; None: at any time.
    next_at: the next due time; None while paused. skipped_at, skipped_reason: why the last due time
    started nothing, if so.
    """

    class Every(models.TextChoices):
        DAY = "day", _("Every day")
        WEEK = "week", _("Every week")
        HOURS = "hours", _("Every n hours")

    account = models.OneToOneField(
        OfficialAccount, models.CASCADE, related_name="schedule", verbose_name=_("account")
    )
    every = models.CharField(_("how often"), max_length=8, choices=Every, default=Every.DAY)
    time = models.TimeField(_("time"), null=True, blank=True)
    weekday = models.PositiveSmallIntegerField(
        _("weekday"), null=True, blank=True, validators=[MaxValueValidator(6)]
    )
    hours = models.PositiveSmallIntegerField(
        _("hours"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(168)],
    )
    stages = models.JSONField(_("what to sync"), default=list, blank=True)
    details_from = models.TimeField(_("details from"), null=True, blank=True)
    details_until = models.TimeField(_("details until"), null=True, blank=True)
    paused = models.BooleanField(_("paused"), default=False)
    next_at = models.DateTimeField(_("next sync"), null=True, editable=False, db_index=True)
    skipped_at = models.DateTimeField(null=True, editable=False)
    skipped_reason = models.CharField(max_length=32, default="", editable=False)

    class Meta:
        verbose_name = _("schedule")
        verbose_name_plural = _("schedules")

    def __str__(self) -> str:
        return f"schedule of {self.account_id}"
