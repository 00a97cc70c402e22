"""The options of a simulation."""

from collections.abc import Mapping
from dataclasses import dataclass, field

JSON_TYPE = "application/json; encoding=utf-8"
MAX_CUSTOM_TAGS = 100


@dataclass(frozen=True)
class Options:
    """Times are in seconds.

    `strict_cursor` answers 40003 to the cursor of a follower who has left; without it the list goes
    on from there. What WeChat does is not known.
    `quotas` are daily limits by path; 45009 when one is used up. For other paths openapi/quota/get
    returns the usual limit, which is not enforced, so that a sandbox can be used for any time.
    `tags` is the number of custom tags at the start, each on `tag_percent` of the followers (None:
    different shares). `unionid`: whether the account is bound to an Open Platform account.
    `hostile` gives some followers texts that break pages which do not escape them. `forgets` drops
    tags, remark and blocking of those who leave and follow again; what WeChat does is not known.
    `lives` gives people a past of two years in which they follow, leave and follow again, and makes
    some who have left; it ends before `lives_until` (unix seconds; None: the start), so that the
    same time gives the same people at a later start.
    `tag_rate` is the number of calls that tag or untag in a second; 45169 to more (0: no limit).
    `delete_limit` is the largest number of followers of a tag that can be deleted, `remark_limit`
    the most bytes of a remark: 30 were seen to work, though WeChat's documentation says "less than
    30".
    """

    page_size: int = 10_000
    blank_id: bool = True
    strict_cursor: bool = False
    content_type: str = JSON_TYPE
    token_ttl: float = 7200
    latency: float = 0
    churn: float = 0
    quotas: Mapping[str, int] = field(default_factory=dict)
    blacklist_page_size: int = 1_000
    tags: int = 8
    tag_percent: float | None = None
    unionid: bool = True
    hostile: bool = False
    forgets: bool = False
    lives: bool = False
    lives_until: float | None = None
    tag_rate: int = 0
    delete_limit: int = 100_000
    remark_limit: int = 30

    def __post_init__(self) -> None:
        if not 0 <= self.tags <= MAX_CUSTOM_TAGS:
            raise ValueError(f"an account has between 0 and {MAX_CUSTOM_TAGS} tags")
