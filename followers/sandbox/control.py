"""The sandbox's own addresses under /sandbox/: faults, followers, state, log.

Each function takes the world, the query and the JSON of the body, and answers something to be
sent as JSON. A wrong request raises ValueError or TypeError, which is sent with status 400.
"""

from collections.abc import Callable, Iterable
from typing import Any

from .account import Account
from .faults import FAULTS
from .population import FOLLOWS, LEFT
from .texts import FAULT_TEXTS
from .world import World

Action = Callable[[World, dict[str, str], dict[str, Any]], Any]
STATUSES = {"following": FOLLOWS, "left": LEFT}


def account(world: World, wanted: dict[str, Any]) -> Account:
    """The account with the given `app_id`, or the default one. ValueError if there is none."""
    app_id = wanted.get("app_id") or world.default.app_id
    if app_id not in world.accounts:
        raise ValueError(f"there is no account {app_id}")
    return world.accounts[app_id]


def listing(world: World, query: dict[str, str]) -> Iterable[list[str]]:
    """Some openids at a time; `status` is `following` (default) or `left`."""
    status = query.get("status", "following")
    if status not in STATUSES:
        raise ValueError("status is following or left")
    return account(world, query).population.all(STATUSES[status])


def _state(world: World, query: dict[str, str], given: dict[str, Any]) -> Any:
    return world.state()


def _accounts(world: World, query: dict[str, str], given: dict[str, Any]) -> Any:
    everybody = world.accounts.values()
    return [{"app_id": one.app_id, "app_secret": one.app_secret} for one in everybody]


def _log(world: World, query: dict[str, str], given: dict[str, Any]) -> Any:
    return list(world.log)


def _catalogue(world: World, query: dict[str, str], given: dict[str, Any]) -> Any:
    return [
        {"name": name, "group": kind.group, "options": kind.options, **FAULT_TEXTS[name]}
        for name, kind in FAULTS.items()
    ]


def _switch_on(world: World, query: dict[str, str], given: dict[str, Any]) -> Any:
    return vars(world.fault(**given))


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


def _reset(world: World, query: dict[str, str], given: dict[str, Any]) -> Any:
    world.reset()
    return world.state()


ACTIONS: dict[tuple[str, str], Action] = {
    ("GET", "/sandbox/state"): _state,
    ("GET", "/sandbox/accounts"): _accounts,
    ("GET", "/sandbox/log"): _log,
    ("GET", "/sandbox/faults"): _catalogue,
    ("POST", "/sandbox/faults"): _switch_on,
    ("DELETE", "/sandbox/faults"): _switch_off,
    ("POST", "/sandbox/followers"): _move,
    ("POST", "/sandbox/reset"): _reset,
}
