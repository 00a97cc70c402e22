"""Ask for profiles in bulk, and believe only what certainly belongs to whom.

WeChat has answered with success while the rows of a batch were shifted by one (wechat-api notes: a
well-formed id that does not exist in the list), and one malformed id fails all the others.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from ..wechat.client import Client
from ..wechat.errors import WeChatError
from ..wechat.profiles import Profile

# "invalid openid", "user does not exist", "openid of another AppID"
BAD_OPENID = {40003, 46004, 49003}


@dataclass
class Answered:
    """What came of a batch. bad: ids that WeChat does not accept."""

    requested_at: datetime
    profiles: dict[str, Profile] = field(default_factory=dict)
    bad: set[str] = field(default_factory=set)


def ask(client: Client, openids: Sequence[str], requested_at: datetime) -> Answered:
    """Profiles of 1 to 100 followers, matched by openid; every one is answered or bad.

    A batch whose answer names other people than were asked for is not believed at all, and like one
    that WeChat refuses for an id it is asked again in halves: the odd one out costs about fourteen
    calls.
    """
    answered = Answered(requested_at)
    _ask(client, list(openids), answered)
    return answered


def _ask(client: Client, openids: list[str], answered: Answered) -> None:
    rows: tuple[Profile, ...] = ()
    try:
        rows = client.batchget(openids) if openids[1:] else (client.user_info(openids[0]),)
    except WeChatError as error:
        if error.code not in BAD_OPENID:
            raise
    found = {row.openid: row for row in rows}
    if len(rows) == len(openids) and found.keys() == set(openids):
        answered.profiles |= found
    elif len(openids) == 1:
        answered.bad.update(openids)
    else:
        half = len(openids) // 2
        _ask(client, openids[:half], answered)
        _ask(client, openids[half:], answered)
