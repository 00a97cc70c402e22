"""Faults that distort pages of openids and batches of profiles."""

import random
from collections.abc import Callable
from typing import Any

from ..api import paging
from ..api.calls import Call
from ..people.population import FollowerList, OpenidPage
from .effects import Effect, Fault
from .replies import Reply

Profile = dict[str, Any]


def _page_effect(change: Callable[[Fault, Call, dict[str, Any]], None]) -> Effect:
    """An effect on pages with openids; errors and empty pages are not changed."""

    def effect(fault: Fault, call: Call, reply: Reply) -> None:
        if reply.openids:
            change(fault, call, reply.payload)

    return effect


def _profiles_effect(change: Callable[[Fault, list[Profile]], list[Profile]]) -> Effect:
    """An effect on the profiles of a batch; errors are not changed."""

    def effect(fault: Fault, call: Call, reply: Reply) -> None:
        if reply.profiles:
            reply.payload["user_info_list"] = change(fault, reply.profiles)

    return effect


@_page_effect
def data_null(fault: Fault, call: Call, page: dict[str, Any]) -> None:
    page["data"] = None


@_page_effect
def openid_null(fault: Fault, call: Call, page: dict[str, Any]) -> None:
    page["data"] = {"openid": None}


@_page_effect
def duplicates(fault: Fault, call: Call, page: dict[str, Any]) -> None:
    """Repeats followers of the previous page; on the first page, its own first ones."""
    count = int(fault.number("ids"))
    ids = page["data"]["openid"]
    if call.cursor:
        repeated = paging.followers(call).openids_up_to(call.cursor_slot, count)
    else:
        repeated = [openid for openid in ids if openid][:count]
    page["data"]["openid"] = repeated + ids
    page["count"] += len(repeated)


@_page_effect
def blank_ids(fault: Fault, call: Call, page: dict[str, Any]) -> None:
    ids = page["data"]["openid"]
    for at in range(0, len(ids) + 1, max(1, len(ids) // 3)):
        ids.insert(at, "")


@_page_effect
def repeated_cursor(fault: Fault, call: Call, page: dict[str, Any]) -> None:
    page["next_openid"] = call.cursor


@_page_effect
def cycle(fault: Fault, call: Call, page: dict[str, Any]) -> None:
    first_page = paging.followers(call).page_after(-1, paging.page_size(call))
    page["next_openid"] = first_page.openids[-1]


def endless(fault: Fault, call: Call, reply: Reply) -> None:
    """Repeats the first page for ever, each time with a new cursor."""
    found = paging.followers(call).page_after(-1, paging.page_size(call))
    fresh = call.account.population.openid_codec.encode(16_000_000 - fault.hits)
    reply.payload = paging.LISTS[call.path].page(found, fresh)


@_page_effect
def total_drifts(fault: Fault, call: Call, page: dict[str, Any]) -> None:
    if "total" in page:
        page["total"] = max(0, page["total"] + 137 * fault.hits * (-1) ** fault.hits)


@_page_effect
def total_lies(fault: Fault, call: Call, page: dict[str, Any]) -> None:
    if "total" in page:
        page["total"] = int(page["total"] * fault.number("factor"))


def ends_early(fault: Fault, call: Call, reply: Reply) -> None:
    reply.payload = paging.LISTS[call.path].empty_page(paging.followers(call).total)


def empty_list(fault: Fault, call: Call, reply: Reply) -> None:
    # Called only because it raises ApiError for an unknown tag.
    paging.followers(call)
    reply.payload = paging.LISTS[call.path].empty_page(0)


@_page_effect
def no_next_openid(fault: Fault, call: Call, page: dict[str, Any]) -> None:
    page.pop("next_openid")


def omits(fault: Fault, call: Call, reply: Reply) -> None:
    """Omits some followers, the same ones in every walk; `counted`: the total includes them."""
    if reply.code != 0:
        return
    listed, ids, kept = paging.followers(call), reply.openids, list[str]()
    omitted = _omitted(fault, call, listed)
    while ids and not (kept := [openid for openid in ids if openid and openid not in omitted]):
        last = call.account.population.openid_codec.decode(ids[-1])
        ids = listed.page_after(-1 if last is None else last, paging.page_size(call)).openids
    total = listed.total - (0 if fault.number("counted") else len(omitted))
    reply.payload = paging.LISTS[call.path].page(OpenidPage(kept, total))


def _omitted(fault: Fault, call: Call, listed: FollowerList) -> frozenset[str]:
    account = call.account.app_id
    if account not in fault.openids:
        count = min(int(fault.number("people")), listed.total // 2)
        rng = random.Random(f"omits:{fault.id}:{account}")  # noqa: S311
        chosen: set[str] = set()
        while len(chosen) < count:
            chosen.update(listed.page_after(rng.randrange(call.account.population.size), 1).openids)
        fault.openids[account] = frozenset(chosen)
    return fault.openids[account]


def cut_short(fault: Fault, call: Call, reply: Reply) -> None:
    """Ends the list within its first page."""
    if call.cursor and reply.openids:
        ends_early(fault, call, reply)
    elif ids := reply.openids:
        kept = ids[: int(len(ids) * fault.number("share"))]
        total = paging.followers(call).total
        reply.payload = paging.LISTS[call.path].page(OpenidPage(kept, total))


@_profiles_effect
def misaligned(fault: Fault, profiles: list[Profile]) -> list[Profile]:
    """Gives each profile the unionid of the next one.

    The last one gets none, as was observed; with `around` the first one's, which leaves no trace.
    """
    unionids = [profile.pop("unionid") for profile in profiles if "unionid" in profile]
    following = [profile for profile in profiles if profile["subscribe"]]
    shifted = unionids[1:] + (unionids[:1] if fault.number("around") else [])
    for profile, unionid in zip(following, shifted, strict=False):
        profile["unionid"] = unionid
    return profiles


@_profiles_effect
def short(fault: Fault, profiles: list[Profile]) -> list[Profile]:
    """Omits rows from the middle."""
    missing = min(int(fault.number("rows")), len(profiles))
    start = (len(profiles) - missing) // 2
    return profiles[:start] + profiles[start + missing :]


@_profiles_effect
def shuffled(fault: Fault, profiles: list[Profile]) -> list[Profile]:
    return profiles[::-1]


def without_profiles(fault: Fault, call: Call, reply: Reply) -> None:
    if reply.profiles:
        reply.payload = {}
