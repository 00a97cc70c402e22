"""One request to the simulated API, as the endpoints and the faults see it."""

import json
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ..people.population import FOLLOWS, NEVER
from .account import Account
from .errors import Refused
from .paths import BLACKLIST, TAG_FOLLOWERS

# Where a page begins stands in the query of user/get, and in the body of the other lists.
_CURSORS = {TAG_FOLLOWERS: "next_openid", BLACKLIST: "begin_openid"}


@dataclass
class Call:
    """One request; `account` is the token's, or the default one where that is not known.

    `overlaps`: it tags or untags, and came while the account's last such call was not answered.
    """

    method: str
    path: str
    query: dict[str, str]
    body: bytes
    account: Account
    accounts: dict[str, Account]
    overlaps: bool = False

    @property
    def cursor(self) -> str:
        if self.path not in _CURSORS:
            return self.query.get("next_openid", "")
        try:
            return str(self.json_body.get(_CURSORS[self.path]) or "")
        except Refused:
            return ""

    @cached_property
    def json_body(self) -> dict[str, Any]:
        """The JSON object of the body. Refused: 44002 without a body, 47001 if it is not one."""
        if not self.body:
            raise Refused(44002)
        try:
            data = json.loads(self.body)
        except ValueError:
            raise Refused(47001) from None
        if not isinstance(data, dict):
            raise Refused(47001)
        return data

    @property
    def slot(self) -> int:
        """The place in the list behind which the page begins. Refused: 40003."""
        if not self.cursor:
            return -1
        slot = self.account.population.openids.slot(self.cursor)
        if slot is None:
            raise Refused(40003)
        return slot

    def person_slot(self, openid: object, *, foreign: int = 40003) -> int:
        """The slot of one who follows or has followed. Refused: 40003, or `foreign`."""
        if not isinstance(openid, str):
            raise Refused(40003)
        if (slot := _slot(self.account, openid)) is not None:
            return slot
        others = (account for account in self.accounts.values() if account is not self.account)
        raise Refused(foreign if any(_slot(one, openid) is not None for one in others) else 40003)

    def follower_slot(self, openid: object, *, foreign: int = 40003) -> int:
        """The slot of one who follows now. Refused: 40003, or `foreign` for another account's."""
        slot = self.person_slot(openid, foreign=foreign)
        if self.account.population.status(slot) != FOLLOWS:
            raise Refused(40003)
        return slot


def _slot(account: Account, openid: str) -> int | None:
    slot = account.population.openids.slot(openid)
    known = slot is not None and account.population.status(slot) != NEVER
    return slot if known else None
