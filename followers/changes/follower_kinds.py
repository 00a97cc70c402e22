"""The kinds of change of followers, in the order in which people see them."""

from collections.abc import Mapping
from typing import ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pyroaring import BitMap64

from ..models import EditStep, OfficialAccount
from ..rows import followers
from ..rows.local_changes import BLOCKING_ACTIONS, REMARK_ACTIONS, TAGGING_ACTIONS
from ..wechat import paths
from ..wechat.client import Client
from ..wechat.errcodes import INVALID_REMARK
from ..wechat.errors import WeChatError
from ..wechat.limits import BLOCKING_LIMIT, MAX_REMARK_BYTES, TAGGING_LIMIT, can_assign_tag
from . import rows
from .change import Action, Change, Refused, check_text, register
from .eligibility import (
    BLACKLISTED,
    FULL,
    HAS_TAG,
    LEFT,
    NO_TAG,
    NOT_BLACKLISTED,
    SAME_NOTE,
    SAME_REMARK,
    TOO_LONG,
)
from .follower_stage import FollowerKind
from .untouched import changed_by, untouched_since

NOTE_LENGTH = 2_000


class _OfTagging(FollowerKind):
    permission = "tag_followers"
    subject = "tag"
    same = TAGGING_ACTIONS
    size = TAGGING_LIMIT

    def check(self, account: OfficialAccount, change: Change, *, emptied: bool = False) -> None:
        if change.tag is not None and not can_assign_tag(change.tag.wechat_id):
            raise Refused(_("This tag belongs to WeChat itself and cannot be changed."))


@register
class AddTag(_OfTagging):
    action = Action.TAG
    path = paths.BATCH_TAGGING
    label = gettext_lazy("Add a tag")
    title = gettext_lazy("Add the tag “%(what)s”")
    inverse = Action.UNTAG
    ineligible = (LEFT, HAS_TAG, BLACKLISTED, FULL)

    def send(self, client: Client, step: EditStep, people: Mapping[int, str]) -> None:
        if step.tag is not None:
            client.tag(step.tag.wechat_id, list(people.values()))

    def apply(self, step: EditStep, ids: BitMap64) -> None:
        rows.tag(step.tag_id or 0, ids, step.run_id)

    def unchanged(self, step: EditStep) -> BitMap64:
        # Whoever lost the tag and got it back since has another row.
        return rows.tagged_by(step.run_id, step.tag_id or 0) & changed_by(step)


@register
class RemoveTag(_OfTagging):
    action = Action.UNTAG
    path = paths.BATCH_UNTAGGING
    label = gettext_lazy("Remove a tag")
    title = gettext_lazy("Remove the tag “%(what)s”")
    inverse = Action.TAG
    ineligible = (LEFT, NO_TAG)

    def send(self, client: Client, step: EditStep, people: Mapping[int, str]) -> None:
        if step.tag is not None:
            client.untag(step.tag.wechat_id, list(people.values()))

    def apply(self, step: EditStep, ids: BitMap64) -> None:
        rows.untag(step.tag_id or 0, ids)

    def unchanged(self, step: EditStep) -> BitMap64:
        return untouched_since(step, self.same) - followers.tagged_ids(step.tag_id or 0)


class _OfTexts(FollowerKind):
    """Writes a text, which may be another one for each follower; cleared: the label of ""."""

    subject = "text"
    cleared: ClassVar[Promise]

    def apply(self, step: EditStep, ids: BitMap64) -> None:
        rows.write_texts(self.action, step.pk, step.text, ids)

    def unchanged(self, step: EditStep) -> BitMap64:
        now = BitMap64(row for row, _before in rows.texts_unchanged_since(self.action, step.pk))
        return untouched_since(step, self.same) & now

    def titled(self, what: str, former: str = "") -> str:
        return super().titled(what) if what else str(self.cleared)


@register
class SetRemark(_OfTexts):
    action = inverse = Action.REMARK
    path = paths.UPDATE_REMARK
    permission = "remark_followers"
    label = gettext_lazy("Set the remark")
    title = gettext_lazy("Set the remark to “%(what)s”")
    cleared = gettext_lazy("Clear the remark")
    overwrites = (
        gettext_lazy("%(number)s of them have another remark now, which is overwritten."),
        gettext_lazy("%(number)s of them have a remark now, which is removed."),
    )
    same = REMARK_ACTIONS
    ineligible = (LEFT, SAME_REMARK, TOO_LONG)

    def check(self, account: OfficialAccount, change: Change, *, emptied: bool = False) -> None:
        check_text(change.text, MAX_REMARK_BYTES)

    def send(self, client: Client, step: EditStep, people: Mapping[int, str]) -> None:
        ((follower, openid),) = people.items()
        own = step.values.filter(follower=follower).values_list("after", flat=True).first()
        client.set_remark(openid, step.text if own is None else own)

    def is_of_one(self, error: WeChatError) -> bool:
        return error.code == INVALID_REMARK or super().is_of_one(error)


@register
class SetNote(_OfTexts):
    """Of ours alone: no call is made."""

    action = inverse = Action.NOTE
    permission = "note_followers"
    label = gettext_lazy("Set the internal note")
    title = gettext_lazy("Set the internal note to “%(what)s”")
    cleared = gettext_lazy("Clear the internal note")
    overwrites = (
        gettext_lazy("%(number)s of them have another internal note now, which is overwritten."),
        gettext_lazy("%(number)s of them have an internal note now, which is removed."),
    )
    same = (Action.NOTE,)
    size = 5_000
    ineligible = (SAME_NOTE,)

    def check(self, account: OfficialAccount, change: Change, *, emptied: bool = False) -> None:
        if len(change.text) > NOTE_LENGTH:
            most = f"{NOTE_LENGTH:,}"
            raise Refused(_("A note has at most %(most)s characters.") % {"most": most})


class _OfBlacklist(FollowerKind):
    permission = "block_followers"
    same = BLOCKING_ACTIONS
    size = BLOCKING_LIMIT


@register
class Block(_OfBlacklist):
    action = Action.BLOCK
    path = paths.BATCH_BLACKLIST
    label = gettext_lazy("Block")
    inverse = Action.UNBLOCK
    ineligible = (LEFT, BLACKLISTED)

    def send(self, client: Client, step: EditStep, people: Mapping[int, str]) -> None:
        client.block(list(people.values()))

    def apply(self, step: EditStep, ids: BitMap64) -> None:
        followers.set_blacklisted(ids, True)

    def unchanged(self, step: EditStep) -> BitMap64:
        return untouched_since(step, self.same) & followers.blacklisted_ids(step.run.account_id)


@register
class Unblock(_OfBlacklist):
    action = Action.UNBLOCK
    path = paths.BATCH_UNBLACKLIST
    label = gettext_lazy("Unblock")
    inverse = Action.BLOCK
    ineligible = (NOT_BLACKLISTED,)

    def send(self, client: Client, step: EditStep, people: Mapping[int, str]) -> None:
        client.unblock(list(people.values()))

    def apply(self, step: EditStep, ids: BitMap64) -> None:
        followers.set_blacklisted(ids, False)

    def unchanged(self, step: EditStep) -> BitMap64:
        return untouched_since(step, self.same) - followers.blacklisted_ids(step.run.account_id)
