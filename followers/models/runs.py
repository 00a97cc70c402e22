"""The abstract model of long-running work."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

# Stands for a time that was never set; NULL would need its own branch in every comparison.
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Run(models.Model):
    """Work that is done in slices by any worker that claims it (followers.runs.engine).

    ticket, version, lease_until, tries: see the protocol in docs/architecture.md. A run without
    progress is enqueued again at `redeliver_at`; `redeliveries` counts that since then,
    `consecutive_failures` counts failed calls in a row.
    """

    class Status(models.TextChoices):
        QUEUED = "queued", _("Queued")
        RUNNING = "running", _("Running")
        WAITING = "waiting", _("Waiting")
        REVIEW = "review", _("To be confirmed")
        SUCCEEDED = "succeeded", _("Succeeded")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")

    ACTIVE = (Status.QUEUED, Status.RUNNING, Status.WAITING)

    counted: ClassVar[tuple[str, ...]] = ()
    """Counters that a step increments in memory, and that each commit writes."""
    serialized_per_account: ClassVar[bool] = False
    """Whether only one run at a time is processed for each account, the oldest first."""

    account = models.ForeignKey(
        "followers.OfficialAccount", models.CASCADE, verbose_name=_("account")
    )
    status = models.CharField(
        _("status"), max_length=10, choices=Status, default=Status.QUEUED, db_index=True
    )
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        verbose_name=_("started by"),
        null=True,
        blank=True,
        related_name="+",
    )
    # Their name, once they are deleted (followers.accounts.names).
    requested_by_name = models.CharField(max_length=150, default="", db_default="", blank=True)
    created_at = models.DateTimeField(_("requested"))
    started_at = models.DateTimeField(_("started"), null=True)
    progressed_at = models.DateTimeField(_("last progress"), null=True)
    finished_at = models.DateTimeField(_("finished"), null=True)
    resume_at = models.DateTimeField(_("resumes"), null=True)

    # Why the run waits or has ended; followers.runs.messages has the texts.
    reason = models.CharField(max_length=32, blank=True, default="")
    error_code = models.IntegerField(_("error code"), null=True)
    error_params = models.JSONField(default=dict)
    message = models.TextField(_("WeChat's answer"), blank=True, default="")

    ticket = models.PositiveIntegerField(default=0)
    version = models.PositiveBigIntegerField(default=0)
    lease_until = models.DateTimeField(default=EPOCH)
    lease_owner = models.CharField(max_length=64, blank=True, default="")
    tries = models.PositiveIntegerField(default=0)
    consecutive_failures = models.PositiveIntegerField(default=0)
    redeliver_at = models.DateTimeField(default=EPOCH)
    redeliveries = models.PositiveIntegerField(default=0)

    class Meta:
        abstract = True

    @property
    def is_partial(self) -> bool:
        """Whether the run succeeded, but only for a part of its work."""
        return False

    @property
    def requester(self) -> str:
        """The name of who asked for it, also of a deleted member; "" for a command."""
        return str(self.requested_by or self.requested_by_name)

    @property
    def is_active(self) -> bool:
        return self.status in self.ACTIVE
