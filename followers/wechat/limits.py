"""WeChat's limits and its system tags (wechat-api notes, user and tag management)."""

from datetime import date

from . import paths

MAX_TAG_NAME_BYTES = 30
MAX_REMARK_BYTES = 30
MAX_TAGS_IN_ACCOUNT = 100
"""System tags are not counted."""
MAX_FOLLOWERS_TO_DELETE_TAG = 100_000
"""A tag with more followers must be removed from them before it can be deleted."""

MAX_TAGS_OF_FOLLOWER = 20

MAX_OPENIDS_PER_PAGE = 10_000
"""In the follower list."""
BATCHGET_LIMIT = 100
TAGGING_LIMIT = 50
BLOCKING_LIMIT = 20
MAX_STATISTICS_DAYS = 7
"""In one call of datacube, the first and the last day included."""
FIRST_STATISTICS_DAY = date(2014, 12, 1)
"""Datacube has no figures of earlier days."""

# Tencent's published defaults for new accounts; quota/get returns the actual limits. No limit is
# published for batchget; this is the one of user/info, which may count the same calls.
PUBLISHED_DAILY_LIMITS = {
    paths.USER_GET: 500,
    paths.BATCHGET: 5_000_000,
    paths.UPDATE_REMARK: 10_000,
}
"""Calls a day, by path."""

TOO_LONG, CONTROL_CHARACTER = "too_long", "control_character"

STAR_TAG_ID = 2
"""星标组, the only system tag that can be assigned to followers."""
SYSTEM_TAG_IDS = (0, 1, STAR_TAG_ID)
"""WeChat's own tags, formerly groups; they cannot be renamed or deleted."""


def text_problem(text: str, max_bytes: int) -> str:
    """Why WeChat would refuse a remark or a tag's name, whose limit is `max_bytes` in UTF-8.

    TOO_LONG or CONTROL_CHARACTER (which includes line breaks and tabs), "" for a valid one.
    """
    if len(text.encode()) > max_bytes:
        return TOO_LONG
    return CONTROL_CHARACTER if any(character < " " for character in text) else ""


def is_system_tag(tag_id: int) -> bool:
    return tag_id in SYSTEM_TAG_IDS


def can_assign_tag(tag_id: int) -> bool:
    """Whether the tag can be added to followers and removed from them."""
    return tag_id == STAR_TAG_ID or not is_system_tag(tag_id)
