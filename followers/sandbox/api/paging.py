"""The endpoints that list followers in pages."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..options import Options
from ..people.population import FOLLOWS, LEFT, FollowerList, OpenidPage
from ..people.records import Tag
from .calls import Call
from .errors import ApiError
from .paths import BLACKLIST, TAG_FOLLOWERS, USER_GET


@dataclass(frozen=True)
class ListEndpoint:
    """The followers that an endpoint lists, its page size, and whether its pages have a `total`."""

    followers: Callable[[Call], FollowerList]
    page_size: Callable[[Options], int]
    has_total: bool = True

    def page(self, openid_page: OpenidPage, next_openid: str | None = None) -> dict[str, Any]:
        """A page in WeChat's form: its last id is the next cursor, on the last page, too."""
        if not openid_page.openids:
            return self.empty_page(openid_page.total)
        total = {"total": openid_page.total} if self.has_total else {}
        return total | {
            "count": len(openid_page.openids),
            "data": {"openid": openid_page.openids},
            "next_openid": next_openid or openid_page.openids[-1],
        }

    def empty_page(self, total: int) -> dict[str, Any]:
        """The page after the last one; for a tag it has a count only."""
        if not self.has_total:
            return {"count": 0}
        return {"total": total, "count": 0, "next_openid": ""}


def get_tag(call: Call, tag_id: object) -> Tag:
    """Returns the account's tag with this id. Raises ApiError (45159)."""
    found = call.account.records.tags.get(tag_id) if type(tag_id) is int else None
    if found is None:
        raise ApiError(45159)
    return found


def _tag_followers(call: Call) -> FollowerList:
    return call.account.records.followers_in(get_tag(call, call.json_body.get("tagid")).members)


def _blacklist(call: Call) -> FollowerList:
    return call.account.records.followers_in(call.account.records.blacklisted)


LISTS = {
    USER_GET: ListEndpoint(lambda call: call.account.population, lambda options: options.page_size),
    TAG_FOLLOWERS: ListEndpoint(_tag_followers, lambda options: options.page_size, has_total=False),
    BLACKLIST: ListEndpoint(_blacklist, lambda options: options.blacklist_page_size),
}


def page_size(call: Call) -> int:
    return LISTS[call.path].page_size(call.account.options)


def followers(call: Call) -> FollowerList:
    """The followers that this call lists. Raises ApiError if the call is invalid."""
    return LISTS[call.path].followers(call)


def page(call: Call) -> dict[str, Any]:
    """A page without faults. Raises ApiError: 40003 for an unknown cursor."""
    listed, slot = followers(call), call.cursor_slot
    cursors = (FOLLOWS,) if call.account.options.strict_cursor else (FOLLOWS, LEFT)
    if call.cursor and call.account.population.status(slot) not in cursors:
        raise ApiError(40003)
    return LISTS[call.path].page(listed.page_after(slot, page_size(call)))
