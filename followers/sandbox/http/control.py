"""The sandbox's own addresses under /sandbox/: faults, people, the truth about them, state, log.

Each action takes the world, the query and the JSON of the body, and answers something to be
sent as JSON. A wrong request raises ValueError or TypeError, which is sent with status 400.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any

from ..api import reading
from ..api.account import Account
from ..api.endpoints import ENDPOINTS
from ..faults.catalogue import FAULTS
from ..people.population import FOLLOWS, LEFT
from ..texts import FAULT_TEXTS
from .world import World

Action = Callable[[World, dict[str, str], dict[str, Any]], Any]
Lines = Iterable[list[str]]
STATUSES = {"following": FOLLOWS, "left": LEFT}


def account(world: World, wanted: dict[str, Any]) -> Account:
    """The account with the given `app_id`, or the default one. ValueError if there is none."""
    app_id = wanted.get("app_id") or world.default.app_id
    if app_id not in world.accounts:
        raise ValueError(f"there is no account {app_id}")
    return world.accounts[app_id]


def _followers(world: World, query: dict[str, str]) -> Lines:
    status = query.get("status", "following")
    if status not in STATUSES:
        raise ValueError("status is following or left")
    return account(world, query).population.all(STATUSES[status])


def _tag(world: World, query: dict[str, str]) -> Lines:
    records, number = account(world, query).records, query.get("id", "")
    tag = records.tags.get(int(number)) if number.isdecimal() else None
    if tag is None:
        raise ValueError(f"there is no tag {number}")
    return batched(records.followers_in(tag.members).all())


def _blacklist(world: World, query: dict[str, str]) -> Lines:
    records = account(world, query).records
    return batched(records.followers_in(records.blocked).all())


def _profiles(world: World, query: dict[str, str]) -> Lines:
    records = account(world, query).records
    wanted = query["openid"].split(",") if "openid" in query else None
    for openid in wanted or ():
        records.slot_of(openid)
    profiles = records.profiles(wanted)
    return batched(json.dumps(profile, ensure_ascii=False) for profile in profiles)


def batched(lines: Iterator[str]) -> Lines:
    """Some thousand lines at a time."""
    return iter(lambda: list(islice(lines, 2000)), [])


# One openid, or the JSON of one profile, a line; `app_id` names another account.
STREAMS: dict[str, Callable[[World, dict[str, str]], Lines]] = {
    "/sandbox/followers": _followers,
    "/sandbox/tags/followers": _tag,
    "/sandbox/blacklist": _blacklist,
    "/sandbox/profiles": _profiles,
}


def _accounts(world: World, query: dict[str, str], given: dict[str, Any]) -> Any:
    everybody = world.accounts.values()
    return [{"app_id": one.app_id, "app_secret": one.app_secret} for one in everybody]


def _catalogue(world: World, query: dict[str, str], given: dict[str, Any]) -> Any:
    """`paths`: those that may be given with it; null: any."""
    return [
        {"name": name, "group": kind.group, "options": kind.options, "paths": kind.only}
        | FAULT_TEXTS[name]
        for name, kind in FAULTS.items()
    ]


def _switch_off(world: World, query: dict[str, str], given: dict[str, Any]) -> Any:
    which = query.get("id") or query.get("name")
    number = int(which) if "id" in query and which else which
    return {"switched_off": world.faults.off(number)}


def _move(world: World, query: dict[str, str], given: dict[str, Any]) -> Any:
    """`return` before `leave`: only people who left earlier can come back."""
    population = account(world, given).population
    moves = {"return": population.come_back, "leave": population.leave, "join": population.join}
    if unknown := set(given) - set(moves) - {"app_id"}:
        raise ValueError(f"unknown: {', '.join(sorted(unknown))}")
    for who in (given[name] for name in moves if name in given):
        if not isinstance(who, int | list) or isinstance(who, bool):
            raise TypeError("a number of people or a list of openids is expected")
    done = {name: len(move(given[name])) for name, move in moves.items() if name in given}
    return {**done, "total": population.total}


def _change(world: World, query: dict[str, str], given: dict[str, Any]) -> Any:
    whose = account(world, given)
    what = {key: value for key, value in given.items() if key != "app_id"}
    whose.console.change(**what)
    return whose.records.profile(whose.records.slot_of(given["openid"]))


def _shuffle(world: World, query: dict[str, str], given: dict[str, Any]) -> Any:
    changes = given.get("changes")
    if type(changes) is not int or not 1 <= changes <= 1_000_000:
        raise ValueError("changes is a number from 1 to 1000000")
    return account(world, given).console.shuffle(changes, given.get("seed"))


def _reset(world: World, query: dict[str, str], given: dict[str, Any]) -> Any:
    world.reset()
    return world.state()


ACTIONS: dict[tuple[str, str], Action] = {
    ("GET", "/sandbox/state"): lambda world, query, given: world.state(),
    ("GET", "/sandbox/accounts"): _accounts,
    ("GET", "/sandbox/log"): lambda world, query, given: list(world.log),
    ("GET", "/sandbox/faults"): _catalogue,
    ("POST", "/sandbox/faults"): lambda world, query, given: world.fault(**given).as_json(),
    ("DELETE", "/sandbox/faults"): _switch_off,
    ("POST", "/sandbox/followers"): _move,
    ("GET", "/sandbox/tags"): lambda world, query, given: reading.tags(account(world, query)),
    ("GET", "/sandbox/endpoints"): lambda world, query, given: list(ENDPOINTS),
    ("POST", "/sandbox/change"): _change,
    ("POST", "/sandbox/shuffle"): _shuffle,
    ("POST", "/sandbox/reset"): _reset,
}
