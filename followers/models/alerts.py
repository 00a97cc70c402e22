"""What people are told, where, and what came back."""

from __future__ import annotations

import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from ..fields import EncryptedTextField
from .accounts import OfficialAccount
from .runs import EPOCH


class AlertKind(models.TextChoices):
    """What can be told, the conditions of followers.conditions among it."""

    SYNC_FAILED = "sync_failed", _("A sync has failed")
    SYNC_REVIEW = "sync_review", _("A sync waits for a decision")
    SYNC_WAITING = "sync_waiting", _("A sync waits for WeChat")
    FOLLOWERS_DROPPED = "followers_dropped", _("Many followers left")
    CALLBACK_SILENT = "callback_silent", _("WeChat sends no events")
    RELAY_FAILING = "relay_failing", _("Relaying fails")
    QUOTA_LOW = "quota_low", _("Calls to WeChat run short")
    NO_WORKER = "no_worker", _("No worker is running")
    EXPORT_READY = "export_ready", _("An export is ready")
    DAILY_SUMMARY = "daily_summary", _("Daily summary")


class AlertTarget(models.Model):
    """Where alerts go. account: None for all; kinds: values of AlertKind, empty for all.

    url: the Apprise address, made of what the form asks for; a mailto: one is sent by Django.
    quiet_from, quiet_until: local times between which nothing but the summary is sent, possibly
    over midnight. summary_at: the local time of the daily summary.
    """

    class Service(models.TextChoices):
        EMAIL = "email", _("E-mail")
        WECOM = "wecom", _("WeCom group bot")
        DINGTALK = "dingtalk", _("DingTalk group bot")
        FEISHU = "feishu", _("Feishu group bot")
        WEBHOOK = "webhook", _("Webhook")

    name = models.CharField(_("name"), max_length=100)
    account = models.ForeignKey(
        OfficialAccount, models.CASCADE, null=True, blank=True, verbose_name=_("account")
    )
    service = models.CharField(_("service"), max_length=16, choices=Service)
    url = EncryptedTextField(_("address"))
    kinds = models.JSONField(_("what is told"), default=list, blank=True)
    language = models.CharField(_("language"), max_length=8, default="zh-hans")
    quiet_from = models.TimeField(_("quiet from"), null=True, blank=True)
    quiet_until = models.TimeField(_("quiet until"), null=True, blank=True)
    summary_at = models.TimeField(_("time of the summary"), default=datetime.time(9))
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("added"), auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, editable=False, related_name="+"
    )

    class Meta:
        verbose_name = _("alert target")
        verbose_name_plural = _("alert targets")
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return self.name


class Alert(models.Model):
    """Something that is told once when it begins, and once when it is over.

    occurrence: tells two of one kind and account apart: a run's number, a day, or when a state that
    lasts began. account: None for what concerns the whole installation. params: the numbers of its
    text, as of its beginning. ended_at: None while it lasts; what does not last has its beginning.
    """

    kind = models.CharField(_("kind"), max_length=32, choices=AlertKind)
    account = models.ForeignKey(
        OfficialAccount, models.CASCADE, null=True, verbose_name=_("account")
    )
    occurrence = models.CharField(max_length=64)
    params = models.JSONField(default=dict)
    created_at = models.DateTimeField(_("began"))
    ended_at = models.DateTimeField(_("over"), null=True)

    class Meta:
        verbose_name = _("alert")
        verbose_name_plural = _("alerts")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "account", "occurrence"],
                condition=Q(account__isnull=False),
                name="alert_once_of_account",
            ),
            models.UniqueConstraint(
                fields=["kind", "occurrence"], condition=Q(account=None), name="alert_once_of_all"
            ),
        ]
        indexes = [
            models.Index(fields=["kind"], condition=Q(ended_at=None), name="alert_that_lasts")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.occurrence}"


class AlertDelivery(models.Model):
    """One message to one target: of an alert's beginning, or with `is_over` of its end.

    alert: None for a test. due_at: when it is sent, or tried again. claimed_until: until then a
    process is sending it. attempts: calls made. finished_at: when it was sent, dropped or given up.
    answer: what came back, a key of followers.alerts.answers with its number; never an address.
    """

    class Status(models.TextChoices):
        PENDING = "pending", _("To be sent")
        SENT = "sent", _("Sent")
        DROPPED = "dropped", _("Not needed any more")
        GIVEN_UP = "given_up", _("Given up")

    alert = models.ForeignKey(Alert, models.CASCADE, null=True, related_name="deliveries")
    target = models.ForeignKey(AlertTarget, models.CASCADE, related_name="deliveries")
    is_over = models.BooleanField(default=False)
    status = models.CharField(
        _("status"), max_length=10, choices=Status, default=Status.PENDING, db_index=True
    )
    created_at = models.DateTimeField(_("created"))
    due_at = models.DateTimeField(_("due"))
    claimed_until = models.DateTimeField(default=EPOCH)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    finished_at = models.DateTimeField(_("finished"), null=True)
    answer = models.CharField(_("answer"), max_length=32, default="")
    answer_code = models.IntegerField(null=True)

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["alert", "target", "is_over"], name="delivery_once_per_target"
            )
        ]
        indexes = [
            models.Index(
                fields=["due_at"], condition=Q(status="pending"), name="delivery_that_is_due"
            )
        ]

    def __str__(self) -> str:
        return f"{self.alert_id} → {self.target_id}"
