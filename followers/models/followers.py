"""Followers of an account, their tags, and the history of their subscription."""

from __future__ import annotations

from django.db import models
from django.db.models import Case, F, Q, When
from django.db.models.functions import Coalesce, Length
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from ..fields import IdField
from .accounts import OfficialAccount

# The end of an index that gives a list in its order.
IN_ORDER = ("followed_at", "id", "subscribed")
# Characters of a note that an index holds whole.
SHORT_NOTE = 500
# Those who follow, and whose details are not known, or older than their status.
# A CASE, not a condition: PostgreSQL keeps statistics of it (migration 0020), and would take one
# time before another for true of every third row.
UNREAD = Q(
    Case(
        When(
            Q(details_synced_at=None) | Q(details_synced_at__lt=F("status_as_of")),
            subscribed=True,
            then=True,
        ),
        default=False,
        output_field=models.BooleanField(),
    )
)

models.TextField.register_lookup(Length)


class Tag(models.Model):
    """A tag (标签, 分组) of one account. WeChat's ids are only unique within an account."""

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
    """A follower of one account; the same person has another openid for each account.

    `subscribed` is the status as of `status_as_of`, by the database's clock; only a newer one may
    replace it. `unsubscribed_at`: when they last unsubscribed; kept when they subscribe again.

    `followed_at` orders lists: when they followed, or when they were first seen while WeChat has
    not yet said. `has_tags`: whether they have any FollowerTag. `unionid_is_shared`: whether
    another account has a follower, or had one, with the same unionid.
    """

    account = models.ForeignKey(
        OfficialAccount, models.CASCADE, verbose_name=_("account"), db_index=False
    )
    openid = IdField("OpenID")
    subscribed = models.BooleanField(_("following"), default=True)
    unionid = IdField("UnionID", blank=True, default="")
    # Remarks entered in WeChat's console may be longer than the API's limit.
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
    # Fields that WeChat stopped sending in 2021, such as nickname and city.
    legacy = models.JSONField(_("earlier profile"), blank=True, default=dict)
    first_seen_at = models.DateTimeField(_("first seen"))
    followed_at = models.GeneratedField(
        expression=Coalesce(F("subscribe_time"), F("first_seen_at")),
        output_field=models.DateTimeField(),
        db_persist=True,
    )
    has_tags = models.BooleanField(default=False, db_default=False, editable=False)
    unionid_is_shared = models.BooleanField(default=False, db_default=False, editable=False)
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
        # A first sync has to update every full index for each follower, but not the partial ones.
        # Each ends in the order of the list and in the status, so that a page of those who follow,
        # and their number, are read from the index alone.
        indexes = [
            models.Index(fields=["account", "id", "subscribed"], name="follower_account"),
            models.Index(
                fields=["account", "followed_at", "id", "subscribed", "subscribe_time"],
                name="follower_followed",
            ),
            models.Index(
                fields=["account", "first_seen_at", "id", "subscribed"], name="follower_first_seen"
            ),
            models.Index(
                fields=["account", "unsubscribed_at", "id"],
                condition=Q(subscribed=False),
                name="follower_left",
            ),
            models.Index(
                fields=["account", "unsubscribed_at", "id"],
                condition=Q(subscribed=True, unsubscribed_at__isnull=False),
                name="follower_returned",
            ),
            models.Index(
                fields=["account", *IN_ORDER], condition=Q(has_tags=False), name="follower_untagged"
            ),
            models.Index(
                fields=["account", *IN_ORDER],
                condition=Q(blacklisted=True),
                name="follower_blacklisted",
            ),
            models.Index(
                fields=["account", "subscribe_scene", *IN_ORDER],
                condition=~Q(subscribe_scene=""),
                name="follower_source",
            ),
            models.Index(
                fields=["account", "qr_scene", *IN_ORDER],
                condition=Q(qr_scene__isnull=False),
                name="follower_qr_scene",
            ),
            models.Index(
                fields=["account", "qr_scene_str", *IN_ORDER],
                condition=~Q(qr_scene_str=""),
                name="follower_qr_scene_str",
            ),
            models.Index(
                fields=["account", "followed_at", "id"],
                condition=UNREAD,
                name="follower_unread_details",
            ),
            models.Index(
                fields=["account", "details_synced_at", "followed_at", "id"],
                condition=Q(subscribed=True, details_synced_at__isnull=False),
                name="follower_details_age",
            ),
            models.Index(fields=["unionid"], condition=~Q(unionid=""), name="follower_unionid"),
            models.Index(
                fields=["account", *IN_ORDER], condition=~Q(unionid=""), name="follower_has_unionid"
            ),
            models.Index(
                fields=["account", *IN_ORDER],
                condition=Q(unionid_is_shared=True),
                name="follower_shared_unionid",
            ),
            # With the text: a search reads it alone, not the rows from all over the table.
            models.Index(
                fields=["account", *IN_ORDER, "remark"],
                condition=~Q(remark=""),
                name="follower_remark",
            ),
            models.Index(
                fields=["account", *IN_ORDER], condition=~Q(note=""), name="follower_note"
            ),
            # PostgreSQL takes no more than some 2,700 bytes of a row in an index.
            models.Index(
                fields=["account", *IN_ORDER, "note"],
                condition=~Q(note="") & Q(note__length__lte=SHORT_NOTE),
                name="follower_short_note",
            ),
            models.Index(
                fields=["account", *IN_ORDER],
                condition=~Q(note="") & Q(note__length__gt=SHORT_NOTE),
                name="follower_long_note",
            ),
        ]

    def __str__(self) -> str:
        return self.remark or self.openid


class FollowerTag(models.Model):
    """A tag of a follower; of somebody who left, one that they had when it was last known.

    `edit`: the run that added the tag; NULL if a sync found it. A tag that is removed and added
    again gets a new row. `followed_at`: the follower's own, so that a tag's newest followers need
    no sorting; rows.memberships keeps it.
    """

    follower = models.ForeignKey(Follower, models.CASCADE, db_index=False)
    tag = models.ForeignKey(Tag, models.CASCADE, db_index=False)
    edit = models.ForeignKey(
        "EditRun", models.SET_NULL, null=True, related_name="+", db_index=False
    )
    followed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tag", "follower"], name="follower_tag_once")
        ]
        indexes = [
            models.Index(
                fields=["edit", "tag"], condition=Q(edit__isnull=False), name="follower_tag_edit"
            ),
            models.Index(fields=["tag", "followed_at", "follower"], name="follower_tag_followed"),
            models.Index(fields=["follower", "tag"], name="follower_tag_follower"),
        ]

    def __str__(self) -> str:
        return f"{self.follower_id}: {self.tag_id}"
