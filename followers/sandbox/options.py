"""How a simulation behaves."""

from collections.abc import Mapping
from dataclasses import dataclass, field

JSON_TYPE = "application/json; encoding=utf-8"
MAX_OWN_TAGS = 100


@dataclass(frozen=True)
class Options:
    """How the simulation behaves; times in seconds.

    `strict_cursor` answers 40003 to the cursor of somebody who has left since; without it the
    cursor still marks a place. Which of them WeChat does is not known.
    `quotas` are daily limits by path, refused with 45009 when used up. The usual limit of a path
    without one is only told, so that a sandbox lasts as long as somebody plays with it.
    `tags` of its own are there at the start, each on `tag_percent` of the followers (None: on some
    more, on some less). `unionid`: whether the account is bound to an Open Platform account.
    `hostile` gives some people texts that break careless pages. `forgets` drops the tags, remark
    and blocking of those who leave and come back: what WeChat does is not known.
    `tag_rate` answers 45169 to more calls that tag or untag in a second (0: never).
    `delete_limit` is the most followers of a tag that can be deleted, `remark_limit` the most bytes
    of a remark: 30 were seen to work, while WeChat's documentation says "less than 30".
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
    tag_rate: int = 0
    delete_limit: int = 100_000
    remark_limit: int = 30

    def __post_init__(self) -> None:
        if not 0 <= self.tags <= MAX_OWN_TAGS:
            raise ValueError(f"an account has between 0 and {MAX_OWN_TAGS} tags")
