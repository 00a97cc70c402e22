"""Followers as the version before 0009_history kept them, what it showed, and what they become.

The lines are those of followers/admin/followers/timeline.py as it was then (cb14f15).
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from followers.history.periods import FoundBy, Period

BEFORE, AFTER = "0008_standard_words", "0011_delete_statuschange"
MINUTE = timedelta(minutes=1)


def day(number: float) -> datetime:
    return datetime(2026, 1, 1, 8, tzinfo=UTC) + timedelta(days=number)


# A list of day N begins at day(N), its one page is asked for a minute later: page(N).
def page(number: float) -> datetime:
    return day(number) + MINUTE


BASELINE = day(10) + 10 * MINUTE
FIRST = page(10)
# By their days: what is stored of the list's stage.
LISTS: dict[int, dict[str, Any]] = {
    10: {},
    20: {"state": {"gone": 3, "asked": 3}},
    25: {},
    30: {"state": {"gone": 4_000, "asked": 50}},
    40: {"state": {"gone": 9}},
    50: {"state": {"gone": 5, "asked": 5, "approved": True}},
    60: {"state": {"gone": 2, "unconfirmed": 2}},
    70: {"status": "skipped", "reason": "limit"},
    80: {"status": "running"},
}
LISTED_AT = day(50)

ALL_ASKED = "Confirmed: missing from WeChat's list, and WeChat said so when asked."
SAMPLE = "Missing from WeChat's list; of 4,000 missing people 50 were asked about."
NOT_ASKED = "Missing from WeChat's complete list; WeChat was not asked about this person."
APPROVED = "Missing from WeChat's list; a member of staff confirmed the result."
ALONE = "Confirmed: WeChat said so when asked about this person."

Line = tuple[str, datetime] | tuple[str, datetime, str]
Change = tuple[bool, datetime, int | None]


@dataclass(frozen=True)
class Life:
    """changes: follows, when, by the list of which day. lines: text, time, and why they had left.

    shown, kept: what the timeline shows and 0008 gets back, where the changes contradict each
    other and are not all kept; otherwise the lines and the changes. `subscribed`: by default as the
    last change says.
    """

    name: str
    lines: tuple[Line, ...]
    changes: tuple[Change, ...] = ()
    periods: tuple[Period, ...] = ()
    first_seen_at: datetime = FIRST
    values: dict[str, Any] = field(default_factory=dict)
    shown: tuple[Line, ...] | None = None
    kept: tuple[Change, ...] | None = None
    has_baseline: bool = True

    @property
    def subscribed(self) -> bool:
        return self.values.get("subscribed", not self.changes or self.changes[-1][0])

    @property
    def unsubscribed_at(self) -> datetime | None:
        return max((at for follows, at, _ in self.changes if not follows), default=None)


def left(at: datetime, by: int | None = None) -> Change:
    return (False, at, by)


def back(number: int) -> Change:
    return (True, page(number), number)


def gone(at: datetime, *, confirmed: bool = False, **values: Any) -> Period:
    return Period(
        **{"ended_at": at, "ended_by": FoundBy.SYNC, "ended_confirmed": confirmed, **values}
    )


def listed(at: datetime, **values: Any) -> dict[str, Any]:
    return {"began_at": at, "began_by": FoundBy.SYNC, **values}


def profile(since: datetime, read_at: datetime, **values: Any) -> dict[str, Any]:
    values = {"subscribe_scene": "ADD_SCENE_QR_CODE", "qr_scene": 7, **values}
    return {"subscribe_time": since, "details_synced_at": read_at, **values}


QR = {"source": "ADD_SCENE_QR_CODE", "scene": "7"}
PRESENT = ("Present at the start", FIRST)


def unfollowed(at: datetime, hint: str) -> Line:
    return ("Unfollowed", at, hint)


def followed(at: datetime) -> Line:
    return ("Followed", at)


def again(at: datetime) -> Line:
    return ("Followed again", at)


def seen(at: datetime) -> Line:
    return ("First seen", at)


_FIRST_LIST = [
    Life("stays", (PRESENT,)),
    Life(
        "stays, with a profile",
        (PRESENT, followed(day(-100))),
        values=profile(day(-100), day(11)),
    ),
    Life(
        "stays, with a profile of a later time",
        (followed(day(12)), PRESENT),
        values=profile(day(12), day(13)),
    ),
    Life(
        "left, all asked",
        (unfollowed(day(20), ALL_ASKED), PRESENT),
        (left(day(20), 20),),
        (gone(day(20), confirmed=True),),
    ),
    Life(
        "left, a sample asked",
        (unfollowed(day(30), SAMPLE), PRESENT),
        (left(day(30), 30),),
        (gone(day(30)),),
    ),
    Life(
        "left, nobody asked",
        (unfollowed(day(40), NOT_ASKED), PRESENT),
        (left(day(40), 40),),
        (gone(day(40)),),
    ),
    Life(
        "left, nobody asked, nothing counted",
        (unfollowed(day(25), NOT_ASKED), PRESENT),
        (left(day(25), 25),),
        (gone(day(25)),),
    ),
    Life(
        "left, approved",
        (unfollowed(day(50), APPROVED), PRESENT),
        (left(day(50), 50),),
        (gone(day(50)),),
    ),
    Life(
        "left, asked alone",
        (unfollowed(page(20.1), ALONE), PRESENT),
        (left(page(20.1), 20),),
        (gone(page(20.1), confirmed=True, ended_before=page(20.1)),),
        kept=(left(page(20.1)),),
    ),
    Life(
        "left, without a run",
        (unfollowed(day(21), ALONE), PRESENT),
        (left(day(21)),),
        (gone(day(21), confirmed=True, ended_before=day(21)),),
    ),
    Life(
        "left, returned",
        (again(page(30)), unfollowed(day(20), ALL_ASKED), PRESENT),
        (left(day(20), 20), back(30)),
        (gone(day(20), confirmed=True), Period(**listed(page(30), began_after=day(20)))),
    ),
    Life(
        "left, returned, left",
        (
            unfollowed(day(40), NOT_ASKED),
            again(page(30)),
            unfollowed(day(20), ALL_ASKED),
            PRESENT,
        ),
        (left(day(20), 20), back(30), left(day(40), 40)),
        (
            gone(day(20), confirmed=True),
            gone(day(40), **listed(page(30), began_after=day(20))),
        ),
    ),
    Life(
        "left, returned, with a profile read since",
        (again(page(30)), followed(day(29)), unfollowed(day(20), ALL_ASKED), PRESENT),
        (left(day(20), 20), back(30)),
        (gone(day(20), confirmed=True), Period(**listed(page(30), began_after=day(20)), **QR)),
        values=profile(day(29), day(31)),
    ),
    Life(
        "left, returned, with a profile that begins just before",
        (again(page(30)), followed(day(30)), unfollowed(day(20), ALL_ASKED), PRESENT),
        (left(day(20), 20), back(30)),
        (gone(day(20), confirmed=True), Period(**listed(page(30), began_after=day(20)), **QR)),
        values=profile(day(30), day(31)),
    ),
    Life(
        "left out by a list, as the profile shows",
        (again(page(40)), unfollowed(day(30), SAMPLE), PRESENT, followed(day(-100))),
        (left(day(30), 30), back(40)),
        (gone(day(30)), Period(**listed(page(40), began_after=day(30)), **QR)),
        values=profile(day(-100), day(41)),
    ),
    Life(
        "left, profile read before",
        (unfollowed(day(30), SAMPLE), PRESENT, followed(day(-100))),
        (left(day(30), 30),),
        (gone(day(30), began_at=day(-100), began_by=FoundBy.PROFILE, **QR),),
        values=profile(day(-100), day(11)),
    ),
    Life(
        "left, profile read after",
        (unfollowed(day(20), ALL_ASKED), PRESENT, followed(day(-100))),
        (left(day(20), 20),),
        (gone(day(20), confirmed=True),),
        values=profile(day(-100), day(25)),
    ),
    Life(
        "left, with a profile of a later time",
        (unfollowed(day(20), ALL_ASKED), followed(day(12)), PRESENT),
        (left(day(20), 20),),
        (gone(day(20), confirmed=True, **QR),),
        values=profile(day(12), day(13)),
    ),
]
_SINCE = [
    Life("new", (seen(page(20)),), (), (Period(**listed(page(20))),), page(20)),
    Life(
        "new, with a profile",
        (seen(page(20)), followed(day(18))),
        (),
        (Period(day(18), FoundBy.PROFILE, **QR),),
        page(20),
        profile(day(18), day(21)),
    ),
    Life(
        "new, with a profile of a time before the first list",
        (seen(page(20)), followed(day(9))),
        (),
        (Period(day(9), FoundBy.PROFILE, source="ADD_SCENE_QR_CODE", scene="poster"),),
        page(20),
        profile(day(9), day(21), qr_scene=None, qr_scene_str="poster"),
    ),
    Life(
        "new, with a profile of a later time",
        (followed(page(20) + MINUTE / 3), seen(page(20))),
        (),
        (Period(**listed(page(20)), **QR),),
        page(20),
        profile(page(20) + MINUTE / 3, day(21)),
    ),
    Life(
        "new and gone",
        (unfollowed(day(30), SAMPLE), seen(page(20))),
        (left(day(30), 30),),
        (gone(day(30), **listed(page(20))),),
        page(20),
    ),
    Life(
        "new and gone, profile read before",
        (unfollowed(day(30), SAMPLE), seen(page(20)), followed(day(19.5))),
        (left(day(30), 30),),
        (gone(day(30), began_at=day(19.5), began_by=FoundBy.PROFILE, **QR),),
        page(20),
        profile(day(19.5), day(21)),
    ),
    Life(
        "new, left, returned",
        (again(page(50)), unfollowed(day(40), NOT_ASKED), seen(page(20))),
        (left(day(40), 40), back(50)),
        (
            gone(day(40), **listed(page(20))),
            Period(**listed(page(50), began_after=day(40))),
        ),
        page(20),
    ),
]
_BLACKLISTED = [
    Life(
        "blacklisted, never followed",
        (seen(day(12)),),
        first_seen_at=day(12),
        values={"subscribed": False, "blacklisted": True},
    ),
    Life(
        "blacklisted first",
        (again(page(20)), seen(day(12))),
        (back(20),),
        (Period(**listed(page(20), began_after=day(12))),),
        day(12),
        {"blacklisted": True},
    ),
    Life(
        "blacklisted first, followed, left",
        (unfollowed(day(30), SAMPLE), again(page(20)), seen(day(12))),
        (back(20), left(day(30), 30)),
        (gone(day(30), **listed(page(20), began_after=day(12))),),
        day(12),
        {"blacklisted": True},
    ),
]
_WITHOUT_BASELINE = [
    Life("no baseline", (seen(day(5)),), first_seen_at=day(5), has_baseline=False),
    Life(
        "no baseline, left",
        (unfollowed(day(6), ALONE), seen(day(5))),
        (left(day(6)),),
        (gone(day(6), confirmed=True, ended_before=day(6)),),
        day(5),
        has_baseline=False,
    ),
]
_ODD = [
    Life(
        "left twice in a row",
        (unfollowed(day(30), SAMPLE), unfollowed(day(20), ALL_ASKED), PRESENT),
        (left(day(20), 20), left(day(30), 30)),
        (gone(day(20), confirmed=True),),
        shown=(unfollowed(day(20), ALL_ASKED), PRESENT),
        kept=(left(day(20), 20),),
    ),
    Life(
        "returned twice in a row",
        (again(page(40)), again(page(30)), unfollowed(day(20), ALL_ASKED), PRESENT),
        (left(day(20), 20), back(30), back(40)),
        (gone(day(20), confirmed=True), Period(**listed(page(30), began_after=day(20)))),
        shown=(again(page(30)), unfollowed(day(20), ALL_ASKED), PRESENT),
        kept=(left(day(20), 20), back(30)),
    ),
    Life(
        "everything at once",
        (
            again(day(20)),
            unfollowed(day(20), ALL_ASKED),
            again(day(20)),
            unfollowed(day(20), ALL_ASKED),
            PRESENT,
        ),
        (left(day(20), 20), (True, day(20), 20), left(day(20), 20), (True, day(20), 20)),
        (
            gone(day(20), confirmed=True),
            gone(day(20), confirmed=True, **listed(day(20), began_after=day(20))),
            Period(**listed(day(20), began_after=day(20))),
        ),
    ),
    Life(
        "left before they were seen",
        (seen(page(20)), unfollowed(day(20), ALL_ASKED)),
        (left(day(20), 20),),
        (gone(page(20), confirmed=True, **listed(page(20))),),
        page(20),
        # The list that found it is not known by this time any more; that all were asked is.
        shown=(unfollowed(page(20), ALL_ASKED), seen(page(20))),
        kept=((False, page(20), 20),),
    ),
]
SANE = [*_FIRST_LIST, *_SINCE, *_BLACKLISTED, *_WITHOUT_BASELINE]
LIVES = {life.name: life for life in [*SANE, *_ODD]}


def insert(apps: Any) -> None:
    """Two accounts, one of them without a baseline, and a follower for each life."""
    account_model = apps.get_model("followers", "OfficialAccount")
    accounts = {
        True: account_model.objects.create(name="A", app_id="wx0", baseline_at=BASELINE),
        False: account_model.objects.create(name="B", app_id="wx1"),
    }
    runs = {number: _insert_list(apps, accounts[True], number) for number in LISTS}
    for life in LIVES.values():
        follower = apps.get_model("followers", "Follower").objects.create(
            account=accounts[life.has_baseline],
            openid=life.name,
            first_seen_at=life.first_seen_at,
            status_as_of=life.changes[-1][1] if life.changes else life.first_seen_at,
            unsubscribed_at=life.unsubscribed_at,
            **{"subscribed": life.subscribed, **life.values},
        )
        for subscribed, at, number in life.changes:
            apps.get_model("followers", "StatusChange").objects.create(
                follower=follower, subscribed=subscribed, at=at, run_id=runs.get(number)
            )


def _insert_list(apps: Any, account: Any, number: int) -> int:
    run = apps.get_model("followers", "SyncRun").objects.create(
        account=account, status="succeeded", created_at=day(number)
    )
    values = {"status": "done", **LISTS[number]}
    stage = apps.get_model("followers", "SyncStage").objects.create(
        run=run, name="listing", position=0, walk_started_at=day(number), **values
    )
    apps.get_model("followers", "SyncPage").objects.create(
        stage=stage,
        walk_number=0,
        number=0,
        ids=1,
        added=0,
        resubscribed=0,
        requested_at=page(number),
        stored_at=page(number),
    )
    return run.pk
