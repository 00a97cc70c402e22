"""What is stored: accounts, their followers and tags, and the runs that keep them in step."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, ClassVar

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from .fields import EncryptedTextField, IdField

# A lease or status that was never set lies before everything; NULL would need its own branch in
# every comparison.
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class OfficialAccountQuerySet(models.QuerySet["OfficialAccount"]):
    def visible_to(self, user: Any) -> OfficialAccountQuerySet:
        """The accounts that a member of staff belongs to; superusers belong to all."""
        return self if user.is_superuser else self.filter(members=user)


class OfficialAccount(models.Model):
    """A WeChat Official Account (公众号), known by its AppID."""

    name = models.CharField(_("name"), max_length=100)
    app_id = models.CharField(
        "AppID",
        max_length=64,
        unique=True,
        validators=[
            RegexValidator(
                r"^wx[0-9A-Za-z]{6,62}\Z",
                _("An AppID begins with wx, followed by letters and digits, without spaces."),
            )
        ],
    )
    app_secret = EncryptedTextField("AppSecret", blank=True)
    members = models.ManyToManyField(
        settings.AUTH_USER_MODEL,
        verbose_name=_("members"),
        blank=True,
        related_name="official_accounts",
        help_text=_("Staff who may see this account. Superusers see all accounts."),
    )
    baseline_at = models.DateTimeField(
        _("first complete list"),
        null=True,
        editable=False,
        help_text=_("Followers first seen until then were present at the start, not new."),
    )
    created_at = models.DateTimeField(_("added"), auto_now_add=True)

    objects = OfficialAccountQuerySet.as_manager()

    class Meta:
        verbose_name = _("Official Account")
        verbose_name_plural = _("Official Accounts")
        ordering = ["name", "pk"]
        permissions = [("sync_officialaccount", _("Can sync followers"))]

    def __str__(self) -> str:
        return self.name


class AccessToken(models.Model):
    """The one access token of an account that all processes share.

    `version` rises with every change, so that a fetch which began before the AppSecret was replaced
    cannot store its answer; `fetching_until` says that a process is asking WeChat for the next one.
    `use_until` lies a little before the token's end.
    """

    account = models.OneToOneField(
        OfficialAccount, models.CASCADE, primary_key=True, related_name="access_token"
    )
    value = EncryptedTextField(blank=True)
    use_until = models.DateTimeField(default=EPOCH)
    fetching_until = models.DateTimeField(default=EPOCH)
    version = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return f"access token of {self.account_id}"


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


class Tag(models.Model):
    """A tag (标签, 分组) of one account; WeChat assigns the ids, and two accounts reuse them."""

    account = models.ForeignKey(OfficialAccount, models.CASCADE, related_name="tags")
    wechat_id = models.IntegerField(_("WeChat id"))
    name = models.CharField(_("name"), max_length=100)
    follower_count = models.PositiveIntegerField(_("followers"), default=0)

    class Meta:
        verbose_name = _("tag")
        verbose_name_plural = _("tags")
        constraints = [
            models.UniqueConstraint(fields=["account", "wechat_id"], name="tag_unique_in_account")
        ]

    def __str__(self) -> str:
        return self.name


class Channel(models.Model):
    """What a QR code with parameter stands for: scene 1043 is the shop in Nanjing West Road.

    `scene` is the number as text, or the scene string, as the QR code was made with.
    """

    account = models.ForeignKey(
        OfficialAccount, models.CASCADE, verbose_name=_("account"), related_name="channels"
    )
    scene = models.CharField(_("QR scene"), max_length=64)
    name = models.CharField(_("name"), max_length=100)
    group = models.CharField(
        pgettext_lazy("channels", "group"), max_length=100, blank=True, default=""
    )

    class Meta:
        verbose_name = _("channel")
        verbose_name_plural = _("channels")
        ordering = ["group", "name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["account", "scene"], name="channel_unique_scene_in_account"
            )
        ]

    def __str__(self) -> str:
        return self.name


class FollowerQuerySet(models.QuerySet["Follower"]):
    def visible_to(self, user: Any) -> FollowerQuerySet:
        if user.is_superuser:
            return self
        return self.filter(account__in=OfficialAccount.objects.visible_to(user))


class Follower(models.Model):
    """A person as one account knows them: the same person has another openid elsewhere.

    `subscribed` is what was known at `status_as_of`, by the database's clock; only newer knowledge
    may change it. `unsubscribed_at` is the last time the person left and stays when they come back.
    """

    account = models.ForeignKey(
        OfficialAccount, models.CASCADE, verbose_name=_("account"), db_index=False
    )
    openid = IdField("OpenID")
    subscribed = models.BooleanField(_("following"), default=True)
    unionid = IdField("UnionID", blank=True, default="")
    # Remarks typed into WeChat's own console may be longer than the API lets us write.
    remark = models.CharField(_("remark"), max_length=255, blank=True, default="")
    subscribe_time = models.DateTimeField(_("followed at"), null=True, blank=True)
    subscribe_scene = models.CharField(_("source"), max_length=64, blank=True, default="")
    qr_scene = models.BigIntegerField(_("QR scene number"), null=True, blank=True)
    qr_scene_str = models.CharField(_("QR scene text"), max_length=64, blank=True, default="")
    language = models.CharField(_("language"), max_length=16, blank=True, default="")
    blacklisted = models.BooleanField(_("blacklisted"), default=False)
    tags = models.ManyToManyField(
        Tag,
        verbose_name=_("tags"),
        blank=True,
        related_name="followers",
        through="FollowerTag",
    )
    # What is left of the fields that WeChat stopped sending in 2021: nickname, city and so on.
    legacy = models.JSONField(_("earlier profile"), blank=True, default=dict)
    first_seen_at = models.DateTimeField(_("first seen"))
    unsubscribed_at = models.DateTimeField(_("left at"), null=True, blank=True)
    details_synced_at = models.DateTimeField(_("details as of"), null=True, blank=True)
    status_as_of = models.DateTimeField(_("status as of"))

    objects = FollowerQuerySet.as_manager()

    class Meta:
        verbose_name = _("follower")
        verbose_name_plural = _("followers")
        permissions = [("export_follower", _("Can export followers"))]
        constraints = [
            models.UniqueConstraint(fields=["account", "openid"], name="follower_unique_in_account")
        ]
        # Every full index is paid for by each follower of a first sync; partial ones are free
        # there.
        indexes = [
            models.Index(fields=["account", "id"], name="follower_account"),
            models.Index(
                fields=["account", "unsubscribed_at", "id"],
                condition=Q(subscribed=False),
                name="follower_left",
            ),
            models.Index(
                fields=["account", "id"], condition=Q(blacklisted=True), name="follower_blacklisted"
            ),
            models.Index(
                fields=["account", "subscribe_time", "id"],
                condition=Q(subscribe_time__isnull=False),
                name="follower_subscribe_time",
            ),
            models.Index(
                fields=["account", "subscribe_scene", "id"],
                condition=~Q(subscribe_scene=""),
                name="follower_source",
            ),
            models.Index(
                fields=["account", "qr_scene", "id"],
                condition=Q(qr_scene__isnull=False),
                name="follower_qr_scene",
            ),
            models.Index(
                fields=["account", "qr_scene_str", "id"],
                condition=~Q(qr_scene_str=""),
                name="follower_qr_scene_str",
            ),
            models.Index(fields=["unionid"], condition=~Q(unionid=""), name="follower_unionid"),
            models.Index(
                fields=["account", "remark"], condition=~Q(remark=""), name="follower_remark"
            ),
        ]

    def __str__(self) -> str:
        return self.remark or self.openid


class FollowerTag(models.Model):
    """Who has which tag; indexed by tag first, so that its newest followers need no sorting."""

    follower = models.ForeignKey(Follower, models.CASCADE)
    tag = models.ForeignKey(Tag, models.CASCADE, db_index=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tag", "follower"], name="follower_tag_once")
        ]

    def __str__(self) -> str:
        return f"{self.follower_id}: {self.tag_id}"


class StatusChange(models.Model):
    """One line of a follower's history: left, or came back. `first_seen_at` is the beginning.

    Arrivals have no row of their own: a first sync would write one for every follower.
    """

    follower = models.ForeignKey(Follower, models.CASCADE, related_name="history")
    subscribed = models.BooleanField()
    at = models.DateTimeField()
    run = models.ForeignKey("SyncRun", models.SET_NULL, null=True, related_name="+")

    class Meta:
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.follower_id} {'returned' if self.subscribed else 'left'} {self.at:%F %T}"


class Run(models.Model):
    """Work that is done in slices by whichever worker claims it (followers.sync.engine).

    ticket, version, lease_until, tries: the protocol of docs/architecture.md. `wake_at` is when a
    run that does not move is sent to the queue again, `wakes` how often that happened since it last
    moved, and `setbacks` how often in a row WeChat did not answer.
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

    task: ClassVar[str]
    """Dotted name of the queue entry point, called with the run's id and ticket."""
    counted: ClassVar[tuple[str, ...]] = ()
    """Fields that a step counts up in memory, and that each commit of a claim writes."""

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
    created_at = models.DateTimeField(_("requested"))
    started_at = models.DateTimeField(_("started"), null=True)
    progressed_at = models.DateTimeField(_("last progress"), null=True)
    finished_at = models.DateTimeField(_("finished"), null=True)
    resume_at = models.DateTimeField(_("resumes"), null=True)

    # What the run waits for or ended with; followers.sync.messages makes the sentence of it.
    reason = models.CharField(max_length=32, blank=True, default="")
    error_code = models.IntegerField(_("error code"), null=True)
    error_params = models.JSONField(default=dict)
    message = models.TextField(_("WeChat's answer"), blank=True, default="")

    ticket = models.PositiveIntegerField(default=0)
    version = models.PositiveBigIntegerField(default=0)
    lease_until = models.DateTimeField(default=EPOCH)
    lease_owner = models.CharField(max_length=64, blank=True, default="")
    tries = models.PositiveIntegerField(default=0)
    setbacks = models.PositiveIntegerField(default=0)
    wake_at = models.DateTimeField(default=EPOCH)
    wakes = models.PositiveIntegerField(default=0)

    class Meta:
        abstract = True

    @property
    def is_active(self) -> bool:
        return self.status in self.ACTIVE


class SyncRun(Run):
    """One sync of one account, a sequence of stages.

    `total` is WeChat's own count and moves while people come and go; the others count distinct
    followers.
    """

    task = "followers.tasks.advance_run"
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

    account = models.ForeignKey(
        OfficialAccount, models.CASCADE, verbose_name=_("account"), related_name="sync_runs"
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

    class Meta:
        verbose_name = _("sync run")
        verbose_name_plural = _("sync runs")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["account"],
                condition=Q(status__in=["queued", "running", "waiting"]),
                name="syncrun_one_active_per_account",
            )
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"


class SyncStage(models.Model):
    """One stage of a run and its checkpoint.

    `walk` counts the walks through the list, restarts included; `phase` and `cursor` say where in
    the walk the next step begins.
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
    walk = models.PositiveSmallIntegerField(default=0)
    walk_started_at = models.DateTimeField(null=True)
    counters = models.JSONField(default=dict)
    # Why a stage ended without its whole result; words as for the run.
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
    """One page of the list as it was stored: the log that staff see, and the walk's checkpoint.

    The bitmaps hold the row ids of the followers that the page named (pyroaring.BitMap64,
    serialised); they are emptied when the run has ended.
    """

    stage = models.ForeignKey(SyncStage, models.CASCADE, related_name="page_set")
    walk = models.PositiveSmallIntegerField()
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
        ordering = ["walk", "number"]
        constraints = [
            models.UniqueConstraint(fields=["stage", "walk", "number"], name="page_number_in_walk")
        ]

    def __str__(self) -> str:
        return f"{self.walk}.{self.number}"


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
