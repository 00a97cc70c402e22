"""Segments: filters of the follower list that are kept, and kept lists of pasted ids."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from ..fields import IdField
from .accounts import OfficialAccount


class Segment(models.Model):
    """A kept question, answered anew each time: whoever matches `query` now.

    `query`: parameters of the follower list as in its address, without account and page; without a
    status it means those who follow. `tag_names`: names of its tags by primary key, as they were
    when it was saved, because tags may be deleted; by “segment=” and the key, those of the segments
    that it names. `pasted`: the number of its ids (SegmentId) if it is a kept list; NULL otherwise.
    `size_at_last_look`: how many matched at `looked_at`, when somebody last opened it; at most one
    more than the limit of exact counts.

    Names are unique in the account, whoever owns them: the command line has nothing but the name.
    """

    account = models.ForeignKey(
        OfficialAccount, models.CASCADE, verbose_name=_("account"), related_name="segments"
    )
    name = models.CharField(_("name"), max_length=100)
    query = models.TextField(_("filter"), blank=True, default="")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        verbose_name=_("owner"),
        related_name="segments",
        null=True,
        blank=True,
    )
    # One that nobody owns would otherwise be seen by nobody.
    shared = models.BooleanField(_("shared"), default=True)
    tag_names = models.JSONField(blank=True, default=dict)
    pasted = models.PositiveIntegerField(_("pasted ids"), null=True, blank=True)
    size_at_last_look = models.PositiveIntegerField(null=True, blank=True)
    looked_at = models.DateTimeField(_("last looked at"), null=True, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("changed at"), auto_now=True)

    class Meta:
        verbose_name = _("segment")
        verbose_name_plural = _("segments")
        ordering = ["name", "pk"]
        # For one's own; whoever may see followers may see segments.
        default_permissions = ("add", "change", "delete")
        permissions = [("manage_segments", _("Can change and delete segments that others share"))]
        constraints = [
            models.UniqueConstraint(
                fields=["account", "name"], name="segment_unique_name_in_account"
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_kept_list(self) -> bool:
        return self.pasted is not None


class SegmentId(models.Model):
    """An openid or unionid of a kept list, as it was pasted; whether anybody has it is looked up.

    `position`: its place among the distinct ids, from 0.
    """

    segment = models.ForeignKey(Segment, models.CASCADE, related_name="ids", db_index=False)
    position = models.PositiveIntegerField()
    text = IdField()

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["segment", "text"], name="segment_id_once")]

    def __str__(self) -> str:
        return self.text
