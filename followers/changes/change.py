"""What can be changed, and WeChat's limits on it."""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from ..models import EditStep, Tag
from ..wechat import paths
from ..wechat.limits import BLOCKING_LIMIT, TAGGING_LIMIT

Action = EditStep.Action

NOTE_LENGTH = 2_000

OF_TAGS = (Action.CREATE_TAG, Action.RENAME_TAG, Action.DELETE_TAG)
"""Change a tag itself, not followers."""
WITH_TEXT = (Action.REMARK, Action.NOTE)
"""Write a text, which may be another one for each follower."""

# How many followers one step takes; a note makes no call.
SIZES: dict[str, int] = {
    Action.TAG: TAGGING_LIMIT,
    Action.UNTAG: TAGGING_LIMIT,
    Action.BLOCK: BLOCKING_LIMIT,
    Action.UNBLOCK: BLOCKING_LIMIT,
    Action.REMARK: 1,
    Action.NOTE: 5_000,
}
PATHS: dict[str, str] = {
    Action.TAG: paths.BATCH_TAGGING,
    Action.UNTAG: paths.BATCH_UNTAGGING,
    Action.BLOCK: paths.BATCH_BLACKLIST,
    Action.UNBLOCK: paths.BATCH_UNBLACKLIST,
    Action.REMARK: paths.UPDATE_REMARK,
    Action.CREATE_TAG: paths.TAGS_CREATE,
    Action.RENAME_TAG: paths.TAGS_UPDATE,
    Action.DELETE_TAG: paths.TAGS_DELETE,
}

SKIP_WORDS = {
    "left": _("no longer follows"),
    "has_tag": _("has the tag already"),
    "no_tag": _("does not have the tag"),
    "full": _("has 20 tags already, the most that WeChat allows"),
    "blacklisted": _("is on the blacklist"),
    "not_blacklisted": _("is not on the blacklist"),
    "same": _("has this text already"),
    "too_long": _("the text is longer than WeChat allows"),
    "gone": _("is no longer known here"),
    "changed_since": _("was changed by others since"),
    "tag_gone": _("the tag no longer exists"),
    "tag_renamed": _("the tag was renamed since, so it stays"),
    "tag_in_use": _("followers still have the tag, so it stays"),
}
"""Why followers, or a tag itself, are left out of a change."""


@dataclass(frozen=True)
class Change:
    """One kind of change. name: a tag's new name; text: a remark or note, "" to clear it."""

    action: str
    tag: Tag | None = None
    name: str = ""
    text: str = ""
