"""What WeChat allows, and which tags are its own (wechat-api notes, user and tag management)."""

TAG_NAME_BYTES = 30
REMARK_BYTES = 30
MAX_TAGS_IN_ACCOUNT = 100
"""Its own ones are not counted."""
MAX_FOLLOWERS_TO_DELETE = 100_000
"""Of a tag; one that more people have is emptied first."""

MAX_TAGS_OF_FOLLOWER = 20

BATCHGET_LIMIT = 100
TAGGING_LIMIT = 50
BLOCKING_LIMIT = 20

STAR_TAG = 2
"""星标组, the one of its own tags that can be given to followers."""
SYSTEM_TAGS = (0, 1, STAR_TAG)
"""WeChat's own tags, descended from its old groups; they cannot be renamed or deleted."""


def is_system_tag(tag_id: int) -> bool:
    return tag_id in SYSTEM_TAGS


def can_be_given(tag_id: int) -> bool:
    """Whether followers can be given a tag, and it can be taken from them."""
    return tag_id == STAR_TAG or not is_system_tag(tag_id)
