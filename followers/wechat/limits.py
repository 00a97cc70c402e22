"""What WeChat allows, and which tags are its own (wechat-api notes, user and tag management)."""

from . import paths

TAG_NAME_BYTES = 30
REMARK_BYTES = 30
MAX_TAGS_IN_ACCOUNT = 100
"""Its own ones are not counted."""
MAX_FOLLOWERS_TO_DELETE = 100_000
"""Of a tag; one that more people have is emptied first."""

MAX_TAGS_OF_FOLLOWER = 20

PAGE_IDS = 10_000
"""Openids of one page of the follower list."""
BATCHGET_LIMIT = 100
TAGGING_LIMIT = 50
BLOCKING_LIMIT = 20

# Tencent's published default for newly registered accounts; quota/get knows better.
# Profiles in bulk are in no published table; a single one is, and may be what they count as.
PUBLISHED_LIMITS = {
    paths.USER_GET: 500,
    paths.BATCHGET: 5_000_000,
    paths.UPDATE_REMARK: 10_000,
}
"""Calls a day, by path."""

TOO_LONG, CONTROL_CHARACTER = "too_long", "control_character"

STAR_TAG = 2
"""星标组, the one of its own tags that can be given to followers."""
SYSTEM_TAGS = (0, 1, STAR_TAG)
"""WeChat's own tags, descended from its old groups; they cannot be renamed or deleted."""


def text_flaw(text: str, most: int) -> str:
    """Why WeChat would not take a remark or a tag's name of at most so many bytes in UTF-8.

    TOO_LONG or CONTROL_CHARACTER (line breaks and tabs are among them), "" for a good one.
    """
    if len(text.encode()) > most:
        return TOO_LONG
    return CONTROL_CHARACTER if any(character < " " for character in text) else ""


def is_system_tag(tag_id: int) -> bool:
    return tag_id in SYSTEM_TAGS


def can_be_given(tag_id: int) -> bool:
    """Whether followers can be given a tag, and it can be taken from them."""
    return tag_id == STAR_TAG or not is_system_tag(tag_id)
