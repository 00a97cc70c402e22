"""A request to the simulated API."""

import json
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ..people.population import FOLLOWS, NEVER_FOLLOWED
from .account import Account
from .errors import ApiError
from .paths import BLACKLIST, TAG_FOLLOWERS

# The cursor of user/get is in the query, that of the other lists in the body.
_CURSORS = {TAG_FOLLOWERS: "next_openid", BLACKLIST: "begin_openid"}


@dataclass
class Call:
    """`account` is the token's, or the default one if the token is unknown.

    `has_overlap`: another call that tags or untags the account's followers is not answered yet.
    """

    method: str
    path: str
    query: dict[str, str]
    body: bytes
    account: Account
    accounts: dict[str, Account]
    has_overlap: bool = False

    @property
    def cursor(self) -> str:
        if self.path not in _CURSORS:
            return self.query.get("next_openid", "")
        try:
            return str(self.json_body.get(_CURSORS[self.path]) or "")
        except ApiError:
            return ""

    @cached_property
    def json_body(self) -> dict[str, Any]:
        """The body's JSON object. Raises ApiError: 44002 without a body, 47001 if it is invalid."""
        if not self.body:
            raise ApiError(44002)
        try:
            data = json.loads(self.body)
        except ValueError:
            raise ApiError(47001) from None
        if not isinstance(data, dict):
            raise ApiError(47001)
        return data

    @property
    def cursor_slot(self) -> int:
        """The slot after which the page begins, -1 without a cursor. Raises ApiError (40003)."""
        if not self.cursor:
            return -1
        slot = self.account.population.openid_codec.decode(self.cursor)
        if slot is None:
            raise ApiError(40003)
        return slot

    def openid_slot(self, openid: object, *, foreign_errcode: int = 40003) -> int:
        """The slot of a present or former follower. Raises ApiError (40003, `foreign_errcode`)."""
        if not isinstance(openid, str):
            raise ApiError(40003)
        if (slot := _used_slot(self.account, openid)) is not None:
            return slot
        others = (account for account in self.accounts.values() if account is not self.account)
        is_foreign = any(_used_slot(one, openid) is not None for one in others)
        raise ApiError(foreign_errcode if is_foreign else 40003)

    def follower_slot(self, openid: object, *, foreign_errcode: int = 40003) -> int:
        """The slot of a present follower. Raises ApiError as `openid_slot` does, or 40003."""
        slot = self.openid_slot(openid, foreign_errcode=foreign_errcode)
        if self.account.population.status(slot) != FOLLOWS:
            raise ApiError(40003)
        return slot


def _used_slot(account: Account, openid: str) -> int | None:
    slot = account.population.openid_codec.decode(openid)
    is_used = slot is not None and account.population.status(slot) != NEVER_FOLLOWED
    return slot if is_used else None
