"""Who has the ids of a kept list: looked up each time, because people are synced later."""

from typing import NamedTuple

from .dialect import dialect, fetch


class Holder(NamedTuple):
    """A follower who has one of the ids as openid or as unionid."""

    text: str
    pk: int
    openid: str


def holders(account_id: int, segment_id: int) -> list[Holder]:
    """Of each id that a follower of the account has; somebody may have two of them."""
    rows = fetch(dialect().holders_sql, {"account": account_id, "segment": segment_id})
    return [Holder(*row) for row in rows]
