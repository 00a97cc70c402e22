"""Faults that distort pages of people and batches of profiles."""

import random
from collections.abc import Callable
from typing import Any

from ..api import paging
from ..api.calls import Call
from ..people.population import FollowerList, Slice
from .effects import Effect, Fault
from .replies import Reply

Row = dict[str, Any]


def _page(change: Callable[[Fault, Call, dict[str, Any]], None]) -> Effect:
    """For faults of a page of ids; an error, or the page after the last, goes out as it is."""

    def effect(fault: Fault, call: Call, reply: Reply) -> None:
        if reply.openids:
            change(fault, call, reply.payload)

    return effect


def _rows(change: Callable[[Fault, list[Row]], list[Row]]) -> Effect:
    """For faults of the profiles of a batch; an error goes out as it is."""

    def effect(fault: Fault, call: Call, reply: Reply) -> None:
        if reply.profiles:
            reply.payload["user_info_list"] = change(fault, reply.profiles)

    return effect


@_page
def data_null(fault: Fault, call: Call, page: dict[str, Any]) -> None:
    page["data"] = None


@_page
def openid_null(fault: Fault, call: Call, page: dict[str, Any]) -> None:
    page["data"] = {"openid": None}


@_page
def duplicates(fault: Fault, call: Call, page: dict[str, Any]) -> None:
    """People of the page before are listed again; on the first page, its own first ones."""
    times = int(fault.number("ids"))
    ids = page["data"]["openid"]
    own = [one for one in ids if one][:times]
    again = paging.people(call).before(call.slot, times) if call.cursor else own
    page["data"]["openid"] = again + ids
    page["count"] += len(again)


@_page
def blank_ids(fault: Fault, call: Call, page: dict[str, Any]) -> None:
    ids = page["data"]["openid"]
    for at in range(0, len(ids) + 1, max(1, len(ids) // 3)):
        ids.insert(at, "")


@_page
def repeated_cursor(fault: Fault, call: Call, page: dict[str, Any]) -> None:
    page["next_openid"] = call.cursor


@_page
def cycle(fault: Fault, call: Call, page: dict[str, Any]) -> None:
    page["next_openid"] = paging.people(call).after(-1, paging.size(call)).openids[-1]


def endless(fault: Fault, call: Call, reply: Reply) -> None:
    """The first people over and over, each time with a cursor that nobody has seen before."""
    found = paging.people(call).after(-1, paging.size(call))
    fresh = call.account.population.openids.at(16_000_000 - fault.hits)
    reply.payload = paging.LISTS[call.path].page(found, fresh)


@_page
def total_drifts(fault: Fault, call: Call, page: dict[str, Any]) -> None:
    if "total" in page:
        page["total"] = max(0, page["total"] + 137 * fault.hits * (-1) ** fault.hits)


@_page
def total_lies(fault: Fault, call: Call, page: dict[str, Any]) -> None:
    if "total" in page:
        page["total"] = int(page["total"] * fault.number("factor"))


def ends_early(fault: Fault, call: Call, reply: Reply) -> None:
    reply.payload = paging.LISTS[call.path].empty_page(paging.people(call).total)


def empty_list(fault: Fault, call: Call, reply: Reply) -> None:
    # Asked for only to refuse an unknown tag.
    paging.people(call)
    reply.payload = paging.LISTS[call.path].empty_page(0)


@_page
def no_next_openid(fault: Fault, call: Call, page: dict[str, Any]) -> None:
    page.pop("next_openid")


def omits(fault: Fault, call: Call, reply: Reply) -> None:
    """Some people are missing, on every walk the same ones; `counted`: the total has them."""
    if reply.code != 0:
        return
    listed, ids, kept = paging.people(call), reply.openids, list[str]()
    who = _omitted(fault, call, listed)
    while ids and not (kept := [one for one in ids if one and one not in who]):
        last = call.account.population.openids.slot(ids[-1])
        ids = listed.after(-1 if last is None else last, paging.size(call)).openids
    total = listed.total - (0 if fault.number("counted") else len(who))
    reply.payload = paging.LISTS[call.path].page(Slice(kept, total))


def _omitted(fault: Fault, call: Call, listed: FollowerList) -> frozenset[str]:
    account = call.account.app_id
    if account not in fault.people:
        wanted = min(int(fault.number("people")), listed.total // 2)
        rng = random.Random(f"omits:{fault.id}:{account}")  # noqa: S311
        chosen: set[str] = set()
        while len(chosen) < wanted:
            chosen.update(listed.after(rng.randrange(call.account.population.size), 1).openids)
        fault.people[account] = frozenset(chosen)
    return fault.people[account]


def cut_short(fault: Fault, call: Call, reply: Reply) -> None:
    """A list that stops in its first page, whatever its length."""
    if call.cursor and reply.openids:
        ends_early(fault, call, reply)
    elif ids := reply.openids:
        kept = ids[: int(len(ids) * fault.number("share"))]
        reply.payload = paging.LISTS[call.path].page(Slice(kept, paging.people(call).total))


@_rows
def misaligned(fault: Fault, rows: list[Row]) -> list[Row]:
    """Everybody gets the unionid of the next one.

    As it was seen, the last one gets none; with `around` the first one's, which leaves no trace.
    """
    unionids = [row.pop("unionid") for row in rows if "unionid" in row]
    following = [row for row in rows if row["subscribe"]]
    shifted = unionids[1:] + (unionids[:1] if fault.number("around") else [])
    for row, unionid in zip(following, shifted, strict=False):
        row["unionid"] = unionid
    return rows


@_rows
def short(fault: Fault, rows: list[Row]) -> list[Row]:
    """Rows out of the middle are missing."""
    missing = min(int(fault.number("rows")), len(rows))
    start = (len(rows) - missing) // 2
    return rows[:start] + rows[start + missing :]


@_rows
def shuffled(fault: Fault, rows: list[Row]) -> list[Row]:
    return rows[::-1]


def without_profiles(fault: Fault, call: Call, reply: Reply) -> None:
    if reply.profiles:
        reply.payload = {}
