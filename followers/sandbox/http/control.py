"""The sandbox's own addresses under /sandbox/: faults, followers, changes, state and log.

Each action takes the simulation, the query and the JSON of the body, and returns an object for the
JSON of the reply. It raises ValueError or TypeError for an invalid request (status 400).
"""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from itertools import islice
from typing import Any

from ..api.account import Account
from ..api.endpoints import ENDPOINTS
from ..api.reading import list_tags
from ..faults.catalogue import FAULTS
from ..people.lives import Period
from ..people.population import FOLLOWS, LEFT
from ..people.records import Records
from ..texts import FAULT_TEXTS
from .simulation import Simulation

Action = Callable[[Simulation, dict[str, str], dict[str, Any]], Any]
LineBatches = Iterable[list[str]]
STATUSES = {"following": FOLLOWS, "left": LEFT}


def get_account(simulation: Simulation, parameters: dict[str, Any]) -> Account:
    """The account with this `app_id`, or the default one. Raises ValueError for an unknown one."""
    app_id = parameters.get("app_id") or simulation.default.app_id
    if app_id not in simulation.accounts:
        raise ValueError(f"there is no account {app_id}")
    return simulation.accounts[app_id]


def _followers(simulation: Simulation, query: dict[str, str]) -> LineBatches:
    status = query.get("status", "following")
    if status not in STATUSES:
        raise ValueError("status is following or left")
    return get_account(simulation, query).population.openid_blocks(STATUSES[status])


def _tag_followers(simulation: Simulation, query: dict[str, str]) -> LineBatches:
    records, tag_id = get_account(simulation, query).records, query.get("id", "")
    tag = records.tags.get(int(tag_id)) if tag_id.isdecimal() else None
    if tag is None:
        raise ValueError(f"there is no tag {tag_id}")
    return in_batches(records.followers_in(tag.members).openids())


def _blacklist(simulation: Simulation, query: dict[str, str]) -> LineBatches:
    records = get_account(simulation, query).records
    return in_batches(records.followers_in(records.blacklisted).openids())


def _known_openids(records: Records, query: dict[str, str]) -> list[str] | None:
    """The openids of the query. Raises ValueError for one who never followed."""
    openids = query["openid"].split(",") if "openid" in query else None
    for openid in openids or ():
        records.slot_of(openid)
    return openids


def _profiles(simulation: Simulation, query: dict[str, str]) -> LineBatches:
    records = get_account(simulation, query).records
    openids = _known_openids(records, query)
    profiles = records.profiles(openids)
    return in_batches(json.dumps(profile, ensure_ascii=False) for profile in profiles)


def _lives(simulation: Simulation, query: dict[str, str]) -> LineBatches:
    """Those of present and former followers."""
    records = get_account(simulation, query).records
    openids = _known_openids(records, query)
    lives = records.lives() if openids is None else ((one, records.periods(one)) for one in openids)
    return in_batches(_life_line(openid, periods) for openid, periods in lives)


def _life_line(openid: str, periods: list[Period]) -> str:
    life = {"openid": openid, "periods": [asdict(period) for period in periods]}
    return json.dumps(life, ensure_ascii=False)


def in_batches(lines: Iterator[str]) -> LineBatches:
    """Batches of some thousand lines."""
    return iter(lambda: list(islice(lines, 2000)), [])


# Each line is an openid or the JSON of a profile or a life; `app_id` selects another account.
STREAMS: dict[str, Callable[[Simulation, dict[str, str]], LineBatches]] = {
    "/sandbox/followers": _followers,
    "/sandbox/tags/followers": _tag_followers,
    "/sandbox/blacklist": _blacklist,
    "/sandbox/profiles": _profiles,
    "/sandbox/lives": _lives,
}


def _tags(simulation: Simulation, query: dict[str, str], body: dict[str, Any]) -> Any:
    return list_tags(get_account(simulation, query))


def _accounts(simulation: Simulation, query: dict[str, str], body: dict[str, Any]) -> Any:
    accounts = simulation.accounts.values()
    return [{"app_id": account.app_id, "app_secret": account.app_secret} for account in accounts]


def _catalogue(simulation: Simulation, query: dict[str, str], body: dict[str, Any]) -> Any:
    """`paths`: the paths that the fault can be limited to; null: any."""
    return [
        {"name": name, "group": kind.group, "options": kind.options, "paths": kind.allowed_paths}
        | FAULT_TEXTS[name]
        for name, kind in FAULTS.items()
    ]


def _switch_off_faults(simulation: Simulation, query: dict[str, str], body: dict[str, Any]) -> Any:
    id_or_name = query.get("id") or query.get("name")
    if "id" in query and id_or_name:
        return {"switched_off": simulation.faults.switch_off(int(id_or_name))}
    return {"switched_off": simulation.faults.switch_off(id_or_name)}


def _move(simulation: Simulation, query: dict[str, str], body: dict[str, Any]) -> Any:
    """`return` comes before `leave`, so that only those return who left earlier."""
    population = get_account(simulation, body).population
    moves = {"return": population.come_back, "leave": population.leave, "join": population.join}
    if unknown := set(body) - set(moves) - {"app_id"}:
        raise ValueError(f"unknown: {', '.join(sorted(unknown))}")
    for value in (body[name] for name in moves if name in body):
        if not isinstance(value, int | list) or isinstance(value, bool):
            raise TypeError("a number of people or a list of openids is expected")
    done = {name: len(move(body[name])) for name, move in moves.items() if name in body}
    return {**done, "total": population.total}


def _change(simulation: Simulation, query: dict[str, str], body: dict[str, Any]) -> Any:
    target = get_account(simulation, body)
    changes = {key: value for key, value in body.items() if key != "app_id"}
    target.console.change(**changes)
    return target.records.profile(target.records.slot_of(body["openid"]))


def _shuffle(simulation: Simulation, query: dict[str, str], body: dict[str, Any]) -> Any:
    changes = body.get("changes")
    if type(changes) is not int or not 1 <= changes <= 1_000_000:
        raise ValueError("changes is a number from 1 to 1000000")
    return get_account(simulation, body).console.shuffle(changes, body.get("seed"))


def _reset(simulation: Simulation, query: dict[str, str], body: dict[str, Any]) -> Any:
    simulation.reset()
    return simulation.state()


ACTIONS: dict[tuple[str, str], Action] = {
    ("GET", "/sandbox/state"): lambda simulation, query, body: simulation.state(),
    ("GET", "/sandbox/accounts"): _accounts,
    ("GET", "/sandbox/log"): lambda simulation, query, body: list(simulation.log),
    ("GET", "/sandbox/faults"): _catalogue,
    ("POST", "/sandbox/faults"): lambda simulation, query, body: simulation.fault(**body).as_json(),
    ("DELETE", "/sandbox/faults"): _switch_off_faults,
    ("POST", "/sandbox/followers"): _move,
    ("GET", "/sandbox/tags"): _tags,
    ("GET", "/sandbox/endpoints"): lambda simulation, query, body: list(ENDPOINTS),
    ("POST", "/sandbox/change"): _change,
    ("POST", "/sandbox/shuffle"): _shuffle,
    ("POST", "/sandbox/reset"): _reset,
}
