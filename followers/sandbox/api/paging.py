"""The endpoints that list people in pages, and what their pages look like."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..options import Options
from ..people.population import FOLLOWS, LEFT, FollowerList, Slice
from ..people.records import Tag
from .calls import Call
from .errors import Refused
from .paths import BLACKLIST, TAG_FOLLOWERS, USER_GET


@dataclass(frozen=True)
class ListEndpoint:
    """Whom an endpoint lists, in what portions, and whether it tells how many there are."""

    people: Callable[[Call], FollowerList]
    size: Callable[[Options], int]
    tells_total: bool = True

    def page(self, found: Slice, next_openid: str | None = None) -> dict[str, Any]:
        """A page as it really looks: its last id is the next cursor, even when it is the last."""
        if not found.openids:
            return self.empty_page(found.total)
        total = {"total": found.total} if self.tells_total else {}
        return total | {
            "count": len(found.openids),
            "data": {"openid": found.openids},
            "next_openid": next_openid or found.openids[-1],
        }

    def empty_page(self, total: int) -> dict[str, Any]:
        """The page after the last; that of a tag has nothing but the count."""
        if not self.tells_total:
            return {"count": 0}
        return {"total": total, "count": 0, "next_openid": ""}


def tag(call: Call, number: object) -> Tag:
    """The account's tag of this id. Refused: 45159."""
    found = call.account.records.tags.get(number) if type(number) is int else None
    if found is None:
        raise Refused(45159)
    return found


def _tagged(call: Call) -> FollowerList:
    return call.account.records.followers_in(tag(call, call.json_body.get("tagid")).members)


def _blocked(call: Call) -> FollowerList:
    return call.account.records.followers_in(call.account.records.blocked)


LISTS = {
    USER_GET: ListEndpoint(lambda call: call.account.population, lambda options: options.page_size),
    TAG_FOLLOWERS: ListEndpoint(_tagged, lambda options: options.page_size, tells_total=False),
    BLACKLIST: ListEndpoint(_blocked, lambda options: options.blacklist_page_size),
}


def size(call: Call) -> int:
    return LISTS[call.path].size(call.account.options)


def people(call: Call) -> FollowerList:
    """Those whom this call lists. Refused where the call is a wrong one."""
    return LISTS[call.path].people(call)


def page(call: Call) -> dict[str, Any]:
    """An honest page. Refused: 40003 for an unknown cursor."""
    listed, slot = people(call), call.slot
    cursors = (FOLLOWS,) if call.account.options.strict_cursor else (FOLLOWS, LEFT)
    if call.cursor and call.account.population.status(slot) not in cursors:
        raise Refused(40003)
    return LISTS[call.path].page(listed.after(slot, size(call)))
