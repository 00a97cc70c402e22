"""Ask for profiles in bulk, and believe only what certainly belongs to whom.

WeChat has answered with success while the rows of a batch were shifted by one (wechat-api notes: a
well-formed id that does not exist in the list), and one malformed id fails all the others.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from ..rows.followers import Known
from ..wechat.client import Client
from ..wechat.errcodes import UNKNOWN_OPENID
from ..wechat.errors import WeChatError
from ..wechat.profiles import Profile


@dataclass
class ProfileBatch:
    """What came of a batch. bad: ids that WeChat does not accept."""

    requested_at: datetime
    profiles: dict[str, Profile] = field(default_factory=dict)
    bad: set[str] = field(default_factory=set)


def ask(client: Client, people: Sequence[Known], requested_at: datetime) -> ProfileBatch:
    """Profiles of 1 to 100 followers, matched by openid; every one is answered or bad.

    A batch whose answer names other people than were asked for, or whose unionids have slipped, is
    not believed at all, and like one that WeChat refuses for an id it is asked again in halves: the
    odd one out costs about fourteen calls.
    """
    answered = ProfileBatch(requested_at)
    _ask(client, people, answered)
    return answered


def _ask(client: Client, people: Sequence[Known], answered: ProfileBatch) -> None:
    if len(people) == 1:
        _ask_one(client, people[0].openid, answered)
        return
    found = _batch(client, people)
    if found is not None and not _has_slipped(client, people, found):
        answered.profiles |= found
        return
    half = len(people) // 2
    _ask(client, people[:half], answered)
    _ask(client, people[half:], answered)


def _ask_one(client: Client, openid: str, answered: ProfileBatch) -> None:
    said = _alone(client, openid)
    if said is None:
        answered.bad.add(openid)
    else:
        answered.profiles[openid] = said


def _alone(client: Client, openid: str) -> Profile | None:
    """None for an id that WeChat does not accept."""
    try:
        return client.user_info(openid)
    except WeChatError as error:
        if error.code not in UNKNOWN_OPENID:
            raise
        return None


def _batch(client: Client, people: Sequence[Known]) -> dict[str, Profile] | None:
    """The profiles by openid; None if an id was refused, or others than these were answered."""
    openids = [person.openid for person in people]
    try:
        rows = client.batchget(openids)
    except WeChatError as error:
        if error.code not in UNKNOWN_OPENID:
            raise
        return None
    found = {row.openid: row for row in rows}
    return found if len(rows) == len(openids) and found.keys() == set(openids) else None


def _has_slipped(client: Client, people: Sequence[Known], found: dict[str, Profile]) -> bool:
    """Whether unionids stand in rows of others; in doubt one person is asked about alone.

    A person's unionid does not change, and either all followers of an account have one or none.
    """
    some = any(said.unionid for said in found.values())
    doubtful = [
        person.openid for person in people if _is_odd(person, found[person.openid], some=some)
    ]
    if not doubtful:
        return False
    said = _alone(client, doubtful[-1])
    return said is None or said.unionid != found[doubtful[-1]].unionid


def _is_odd(person: Known, said: Profile, *, some: bool) -> bool:
    if said.unionid is None:
        return said.subscribed and some
    return bool(person.unionid) and said.unionid != person.unionid
