"""Followers as one account knows them, their tags, and when they came and went."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from ..fields import IdField
from .accounts import OfficialAccount


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
    note = models.TextField(
        pgettext_lazy("followers", "note"),
        blank=True,
        default="",
        help_text=_("Stays here; WeChat never sees it."),
    )
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
            models.Index(fields=["account", "id"], condition=~Q(note=""), name="follower_note"),
        ]

    def __str__(self) -> str:
        return self.remark or self.openid


class FollowerTag(models.Model):
    """Who has which tag; indexed by tag first, so that its newest followers need no sorting.

    `edit`: the edit that gave the tag here, NULL where WeChat's list brought it. Whoever loses the
    tag and gets it back has another row.
    """

    follower = models.ForeignKey(Follower, models.CASCADE)
    tag = models.ForeignKey(Tag, models.CASCADE, db_index=False)
    edit = models.ForeignKey(
        "EditRun", models.SET_NULL, null=True, related_name="+", db_index=False
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tag", "follower"], name="follower_tag_once")
        ]
        indexes = [
            models.Index(
                fields=["edit", "tag"], condition=Q(edit__isnull=False), name="follower_tag_edit"
            )
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
