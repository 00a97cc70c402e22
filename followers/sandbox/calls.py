"""One request to the simulated API, as the endpoints and the faults see it."""

import json
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from .account import Account
from .errors import Refused


@dataclass
class Call:
    """One request; `account` is the token's, or the default one where that is not known."""

    method: str
    path: str
    query: dict[str, str]
    body: bytes
    account: Account
    accounts: dict[str, Account]

    @property
    def cursor(self) -> str:
        return self.query.get("next_openid", "")

    @cached_property
    def posted(self) -> dict[str, Any]:
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
