"""Sync runs, their stages, and the pages of the follower list."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from .runs import Run


class SyncRun(Run):
    """One sync of one account, a sequence of stages.

    `total` is WeChat's count, which changes during the sync; the others count distinct followers.
    due_at: the time of the schedule that started it, None for a click. details_until: no details
    are read later than that.
    """

    counted = (
        "total",
        "fetched",
        "added",
        "resubscribed",
        "unsubscribed",
        "unchanged",
        "pages",
        "outstanding",
    )

    total = models.PositiveIntegerField(_("total"), default=0)
    fetched = models.PositiveIntegerField(_("fetched"), default=0)
    added = models.PositiveIntegerField(_("new"), default=0)
    resubscribed = models.PositiveIntegerField(_("followed again"), default=0)
    unsubscribed = models.PositiveIntegerField(_("unfollowed"), default=0)
    unchanged = models.PositiveIntegerField(_("unchanged"), default=0)
    pages = models.PositiveIntegerField(_("pages"), default=0)
    outstanding = models.PositiveIntegerField(_("outstanding"), default=0)
    refresh_details = models.BooleanField(_("refresh all details"), default=False)
    due_at = models.DateTimeField(_("scheduled for"), null=True)
    details_until = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("sync run")
        verbose_name_plural = _("sync runs")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["account"],
                condition=Q(status__in=["queued", "running", "waiting"]),
                name="syncrun_one_active_per_account",
            ),
            models.UniqueConstraint(fields=["account", "due_at"], name="syncrun_once_per_due_time"),
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"


class SyncStage(models.Model):
    """One stage of a run and its checkpoint.

    `walk_number`: number of walks through the list, including restarts. `phase` and `cursor`: where
    the next step continues. `state`: other state between steps (followers.sync.state).
    """

    class Status(models.TextChoices):
        PENDING = "pending", _("Pending")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")

    class Name(models.TextChoices):
        LISTING = "listing", _("Follower list")
        TAGS = "tags", _("Tags")
        BLACKLIST = "blacklist", _("Blacklist")
        DETAILS = "details", _("Details")

    run = models.ForeignKey(SyncRun, models.CASCADE, related_name="stages")
    name = models.CharField(max_length=16, choices=Name)
    position = models.PositiveSmallIntegerField()
    status = models.CharField(max_length=10, choices=Status, default=Status.PENDING)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    phase = models.CharField(max_length=16, blank=True, default="")
    cursor = models.CharField(max_length=128, blank=True, default="")
    walk_number = models.PositiveSmallIntegerField(default=0)
    walk_started_at = models.DateTimeField(null=True)
    state = models.JSONField(default=dict)
    # Why a stage ended without a complete result; texts as for the run.
    reason = models.CharField(max_length=32, blank=True, default="")
    error_code = models.IntegerField(null=True)
    error_params = models.JSONField(default=dict)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["run", "position"], name="stage_position_in_run")
        ]

    def __str__(self) -> str:
        return self.name


class SyncPage(models.Model):
    """One stored page of the follower list: a log entry, and the checkpoint of the walk.

    The bitmaps contain the row ids of the page's followers (pyroaring.BitMap64, serialised); they
    are emptied when the run has ended.
    """

    stage = models.ForeignKey(SyncStage, models.CASCADE, related_name="page_set")
    walk_number = models.PositiveSmallIntegerField()
    number = models.PositiveIntegerField()
    cursor = models.CharField(max_length=128, blank=True, default="")
    next_cursor = models.CharField(max_length=128, blank=True, default="")
    ids = models.PositiveIntegerField()
    total = models.PositiveIntegerField(null=True)
    added = models.PositiveIntegerField()
    resubscribed = models.PositiveIntegerField()
    requested_at = models.DateTimeField()
    stored_at = models.DateTimeField()
    new_rows = models.BinaryField(default=bytes)
    returned_rows = models.BinaryField(default=bytes)
    unchanged_rows = models.BinaryField(default=bytes)

    class Meta:
        ordering = ["walk_number", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["stage", "walk_number", "number"], name="page_number_in_walk"
            )
        ]

    def __str__(self) -> str:
        return f"{self.walk_number}.{self.number}"
