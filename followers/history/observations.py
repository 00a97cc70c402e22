"""What can be known of one follower, a class for each kind of news.

Two clocks date it. WeChat's, in whole seconds, dates events (CreateTime) and `followed_since`
(subscribe_time): these times are *exact*. Ours, the database's, dates what lists and answers say.
All datetimes are aware. Sources are WeChat's subscribe_scene; a scene is a QR code's, as text;
both are "" where unknown.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

# The two clocks may be so far apart.
CLOCK_TOLERANCE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class SubscribeEvent:
    """They began to follow (exact)."""

    at: datetime
    source: str = ""
    scene: str = ""


@dataclass(frozen=True, slots=True)
class UnsubscribeEvent:
    """They left (exact)."""

    at: datetime


@dataclass(frozen=True, slots=True)
class ScanEvent:
    """They scanned a QR code while they followed (exact).

    Which one is no part of a period: WeChat sends SCAN only for those who follow already.
    """

    at: datetime


@dataclass(frozen=True, slots=True)
class Listed:
    """They follow: a list's page names them, or WeChat was asked. `at`: when it was asked for."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Absent:
    """They do not follow at some moment from `start` to `end`.

    A complete list without them: the walk's start and end. With `confirmed`, WeChat was asked about
    them afterwards, and `end` is when. Somebody who was asked about alone has two equal moments.
    """

    start: datetime
    end: datetime
    confirmed: bool = False


@dataclass(frozen=True, slots=True)
class Profile:
    """What user/info says: they follow, and have since `followed_since` (exact).

    WeChat documents subscribe_time as the last time that somebody followed.
    """

    asked_at: datetime
    followed_since: datetime
    source: str = ""
    scene: str = ""


@dataclass(frozen=True, slots=True)
class Baseline:
    """They were in the account's first complete list, in a page asked for at `at`."""

    at: datetime


Observation = SubscribeEvent | UnsubscribeEvent | ScanEvent | Listed | Absent | Profile | Baseline


def exact_time(told: datetime, arrived_at: datetime) -> datetime:
    """WeChat's time for something that reached us at `arrived_at`, by our clock.

    Nothing happens after we hear of it: a time more than a minute later than that is none.
    """
    return told if told - arrived_at <= CLOCK_TOLERANCE else arrived_at
