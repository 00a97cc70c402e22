"""The kinds of change of followers, in the order of the pages."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy
from pyroaring import BitMap64

from ..models import EditStep, OfficialAccount
from ..rows import followers, memberships
from ..rows.local_changes import BLOCKING_ACTIONS, REMARK_ACTIONS, TAGGING_ACTIONS
from ..wechat import paths
from ..wechat.client import Client
from ..wechat.errcodes import INVALID_REMARK
from ..wechat.errors import WeChatError
from ..wechat.limits import BLOCKING_LIMIT, MAX_REMARK_BYTES, TAGGING_LIMIT, can_assign_tag
from . import rows
from .change import Action, Change, ChangeRefused, check_text, register
from .eligibility import (
    BLACKLISTED,
    HAS_LEFT,
    HAS_MAX_TAGS,
    HAS_TAG,
    NO_TAG,
    NOT_BLACKLISTED,
    SAME_NOTE,
    SAME_REMARK,
    TOO_LONG,
)
from .follower_stage import FollowerKind
from .later_changes import changed_ids, unchanged_since

NOTE_LENGTH = 2_000


class _TagMembershipKind(FollowerKind):
    permission = "tag_followers"
    heading = ngettext_lazy(
        "Add or remove tags of %(count)s follower",
        "Add or remove tags of %(count)s followers",
        "number",
    )
    subject = "tag"
    related_actions = TAGGING_ACTIONS
    followers_per_step = TAGGING_LIMIT

    def check(self, account: OfficialAccount, change: Change, *, is_emptied: bool = False) -> None:
        if change.tag is not None and not can_assign_tag(change.tag.wechat_id):
            raise ChangeRefused(_("This tag belongs to WeChat itself and cannot be changed."))


@register
class AddTag(_TagMembershipKind):
    action = Action.TAG
    path = paths.BATCH_TAGGING
    label = gettext_lazy("Add a tag")
    title = gettext_lazy("Add the tag “%(what)s”")
    inverse = Action.UNTAG
    skip_rules = (HAS_LEFT, HAS_TAG, BLACKLISTED, HAS_MAX_TAGS)

    def send(self, client: Client, step: EditStep, openids_by_id: Mapping[int, str]) -> None:
        if step.tag is not None:
            client.tag(step.tag.wechat_id, list(openids_by_id.values()))

    def apply(self, step: EditStep, ids: BitMap64) -> None:
        added = memberships.add_tag(step.tag_id or 0, ids, step.run_id)
        memberships.change_follower_count(step.tag_id or 0, added)

    def unchanged_ids(self, steps: Sequence[EditStep]) -> dict[int, BitMap64]:
        # A follower who lost the tag and got it back since has another membership row.
        tagged = rows.ids_tagged_by_run(steps[0].run_id, {step.tag_id or 0 for step in steps})
        changed = changed_ids(steps)
        return {step.pk: changed[step.pk] & tagged[step.tag_id or 0] for step in steps}


@register
class RemoveTag(_TagMembershipKind):
    action = Action.UNTAG
    path = paths.BATCH_UNTAGGING
    label = gettext_lazy("Remove a tag")
    title = gettext_lazy("Remove the tag “%(what)s”")
    inverse = Action.TAG
    skip_rules = (HAS_LEFT, NO_TAG)

    def send(self, client: Client, step: EditStep, openids_by_id: Mapping[int, str]) -> None:
        if step.tag is not None:
            client.untag(step.tag.wechat_id, list(openids_by_id.values()))

    def apply(self, step: EditStep, ids: BitMap64) -> None:
        removed = memberships.remove_tag(step.tag_id or 0, ids)
        memberships.change_follower_count(step.tag_id or 0, -removed)

    def unchanged_ids(self, steps: Sequence[EditStep]) -> dict[int, BitMap64]:
        tagged = memberships.tagged_ids_of({step.tag_id or 0 for step in steps})
        unchanged = unchanged_since(steps)
        return {step.pk: unchanged[step.pk] - tagged[step.tag_id or 0] for step in steps}


class _TextKind(FollowerKind):
    """Sets a text, which may differ between followers. cleared_label: the title for ""."""

    subject = "text"
    cleared_label: ClassVar[Promise]

    def apply(self, step: EditStep, ids: BitMap64) -> None:
        rows.write_texts(self.action, step.pk, step.text, ids)

    def unchanged_ids(self, steps: Sequence[EditStep]) -> dict[int, BitMap64]:
        return {pk: BitMap64(texts) for pk, texts in self.unchanged_texts(steps).items()}

    def unchanged_texts(self, steps: Sequence[EditStep]) -> dict[int, dict[int, str]]:
        """The same with the text that each had before."""
        unchanged = unchanged_since(steps)
        found = rows.texts_unchanged_since(self.action, unchanged)
        return {
            pk: {row: text for row, text in texts.items() if row in unchanged[pk]}
            for pk, texts in found.items()
        }

    def format_title(self, value: str, former_name: str = "") -> str:
        return super().format_title(value) if value else str(self.cleared_label)


@register
class SetRemark(_TextKind):
    action = inverse = Action.REMARK
    path = paths.UPDATE_REMARK
    permission = "remark_followers"
    label = gettext_lazy("Set the remark")
    title = gettext_lazy("Set the remark to “%(what)s”")
    heading = ngettext_lazy(
        "Set the remark of %(count)s follower",
        "Set the remark of %(count)s followers",
        "number",
    )
    cleared_label = gettext_lazy("Clear the remark")
    overwrite_warnings = (
        gettext_lazy("%(number)s of them have another remark now, which is overwritten."),
        gettext_lazy("%(number)s of them have a remark now, which is removed."),
    )
    related_actions = REMARK_ACTIONS
    skip_rules = (HAS_LEFT, SAME_REMARK, TOO_LONG)

    def check(self, account: OfficialAccount, change: Change, *, is_emptied: bool = False) -> None:
        check_text(change.text, MAX_REMARK_BYTES)

    def send(self, client: Client, step: EditStep, openids_by_id: Mapping[int, str]) -> None:
        ((follower, openid),) = openids_by_id.items()
        own_text = step.values.filter(follower=follower).values_list("after", flat=True).first()
        client.set_remark(openid, step.text if own_text is None else own_text)

    def concerns_one_follower(self, error: WeChatError) -> bool:
        return error.code == INVALID_REMARK or super().concerns_one_follower(error)


@register
class SetNote(_TextKind):
    """Stored only here: no API call is made."""

    action = inverse = Action.NOTE
    permission = "note_followers"
    label = gettext_lazy("Set the internal note")
    title = gettext_lazy("Set the internal note to “%(what)s”")
    heading = ngettext_lazy(
        "Set the internal note of %(count)s follower",
        "Set the internal note of %(count)s followers",
        "number",
    )
    cleared_label = gettext_lazy("Clear the internal note")
    overwrite_warnings = (
        gettext_lazy("%(number)s of them have another internal note now, which is overwritten."),
        gettext_lazy("%(number)s of them have an internal note now, which is removed."),
    )
    related_actions = (Action.NOTE,)
    followers_per_step = 5_000
    skip_rules = (SAME_NOTE,)

    def check(self, account: OfficialAccount, change: Change, *, is_emptied: bool = False) -> None:
        if len(change.text) > NOTE_LENGTH:
            most = f"{NOTE_LENGTH:,}"
            raise ChangeRefused(_("A note has at most %(most)s characters.") % {"most": most})


class _BlacklistKind(FollowerKind):
    permission = "block_followers"
    related_actions = BLOCKING_ACTIONS
    followers_per_step = BLOCKING_LIMIT


@register
class Block(_BlacklistKind):
    action = Action.BLOCK
    path = paths.BATCH_BLACKLIST
    label = gettext_lazy("Block")
    heading = ngettext_lazy(
        "Block %(count)s follower",
        "Block %(count)s followers",
        "number",
    )
    inverse = Action.UNBLOCK
    skip_rules = (HAS_LEFT, BLACKLISTED)

    def send(self, client: Client, step: EditStep, openids_by_id: Mapping[int, str]) -> None:
        client.block(list(openids_by_id.values()))

    def apply(self, step: EditStep, ids: BitMap64) -> None:
        followers.set_blacklisted(ids, True)

    def unchanged_ids(self, steps: Sequence[EditStep]) -> dict[int, BitMap64]:
        blacklisted = followers.blacklisted_ids(steps[0].run.account_id)
        return {pk: ids & blacklisted for pk, ids in unchanged_since(steps).items()}


@register
class Unblock(_BlacklistKind):
    action = Action.UNBLOCK
    path = paths.BATCH_UNBLACKLIST
    label = gettext_lazy("Unblock")
    heading = ngettext_lazy(
        "Unblock %(count)s follower",
        "Unblock %(count)s followers",
        "number",
    )
    inverse = Action.BLOCK
    skip_rules = (NOT_BLACKLISTED,)

    def send(self, client: Client, step: EditStep, openids_by_id: Mapping[int, str]) -> None:
        client.unblock(list(openids_by_id.values()))

    def apply(self, step: EditStep, ids: BitMap64) -> None:
        followers.set_blacklisted(ids, False)

    def unchanged_ids(self, steps: Sequence[EditStep]) -> dict[int, BitMap64]:
        blacklisted = followers.blacklisted_ids(steps[0].run.account_id)
        return {pk: ids - blacklisted for pk, ids in unchanged_since(steps).items()}
