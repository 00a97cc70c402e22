"""What WeChat allows, and which tags are its own (wechat-api notes, user and tag management)."""

TAG_NAME_BYTES = 30
REMARK_BYTES = 30
MAX_TAGS_IN_ACCOUNT = 100
"""Its own ones are not counted."""
MAX_FOLLOWERS_TO_DELETE = 100_000
"""Of a tag; one that more people have is emptied first."""

BATCHGET_LIMIT = 100
TAGGING_LIMIT = 50
BLOCKING_LIMIT = 20

SYSTEM_TAGS = (0, 1, 2)
"""WeChat's own tags; 2 (星标组) can be given to followers, but not renamed or deleted."""
CLOSED_TAGS = (0, 1)
"""Those that nobody can be given."""
FIRST_OWN_TAG = 100
"""Ids below are WeChat's own; the star (星标组) is the one that is left of them.
https://developers.weixin.qq.com/doc/subscription/api/usermanage/tag/api_createtag
"""
