"""An account of which much is told: nightly lists, with nights left out, profiles, late events.

People come and go several times over 200 days, by sixty QR codes and several other sources. What
is told of them goes through the project's own ways into the history; the rows are its result.
"""

import random
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.db import transaction
from django.db.models import DateTimeField, Value
from django.utils import timezone

from followers.history.news import add_news
from followers.history.observations import Absent, Observation, SubscribeEvent, UnsubscribeEvent
from followers.history.profiles import add_profiles
from followers.history.recount import complete_list
from followers.history.sets import add_followers, mark_absent, mark_resubscribed
from followers.models import Channel, Follower, OfficialAccount, SyncRun, SyncStage
from followers.rows import profiles
from followers.rows.dialect import PostgreSQL, SQLite

DAYS = 200
FIRST_DAY = date(2026, 2, 1)
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
QR_CODE = "ADD_SCENE_QR_CODE"
SOURCES = ("ADD_SCENE_SEARCH", "ADD_SCENE_PROFILE_CARD", "ADD_SCENE_PAID", "")
SCENES = [str(number) for number in range(1, 21)] + [f"store_{number}" for number in range(40)]
LASTED = (0.2, 3, 6.9, 20, 60, 150)


@dataclass(frozen=True)
class Stay:
    """What really happened."""

    began: datetime
    ended: datetime | None
    source: str
    scene: str

    def holds(self, at: datetime) -> bool:
        return self.began <= at and (self.ended is None or at < self.ended)


@dataclass
class Clock:
    """The database's, made up."""

    now: datetime

    def install(self, monkeypatch) -> None:
        for dialect in (SQLite, PostgreSQL):
            monkeypatch.setattr(dialect, "now", lambda _dialect: self.now)
            monkeypatch.setattr(dialect, "now_column", lambda _dialect: self._column())

    def _column(self) -> Value:
        return Value(self.now, DateTimeField())


def local(day: date, hour: float = 0) -> datetime:
    """So many hours after midnight here, in UTC: clocks that are put forward leave out none."""
    midnight = timezone.make_aware(datetime.combine(day, time()))
    return midnight.astimezone(UTC) + timedelta(hours=hour)


class ToldWorld:
    """`tell` tells all of it, up to noon of the last day; first: the day of the first list."""

    def __init__(self, account: OfficialAccount, clock: Clock, people: int, first: int = 0) -> None:
        self.account, self.clock, self.first = account, clock, first
        self.random = random.Random(account.app_id)
        self.lives = {f"o{n:05}_{account.pk}": list(self.life()) for n in range(people)}
        self.events = sorted(self.late_events(), key=lambda event: event[0])
        self.unread: set[str] = set()
        self.walks: list[datetime] = []

    def life(self) -> Iterator[Stay]:
        at = local(FIRST_DAY) + self.random.uniform(-60, DAYS) * DAY
        for _ in range(self.random.choice([1, 1, 1, 2, 3, 4])):
            # WeChat's times have whole seconds; many come at midnight.
            at = at.replace(microsecond=0)
            if self.random.random() < 0.1:
                at = local(timezone.localdate(at))
            stays = timedelta(days=self.random.choice(LASTED) * self.random.uniform(0.9, 1.1))
            ended = None if self.random.random() < 0.3 else (at + stays).replace(microsecond=0)
            source = self.random.choice([QR_CODE, *SOURCES])
            scene = self.random.choice(SCENES) if source == QR_CODE else ""
            yield Stay(at, ended, source, scene)
            if ended is None:
                return
            at = ended + self.random.choice([0.01, 0.5, 5, 40]) * DAY

    def late_events(self) -> Iterator[tuple[datetime, str, Observation]]:
        """Of every third move there is an event; it arrives up to three weeks late."""
        for openid, stays in self.lives.items():
            for it in stays:
                moves = [(it.began, SubscribeEvent(it.began, it.source, it.scene))]
                moves += [(it.ended, UnsubscribeEvent(it.ended))] if it.ended else []
                for at, event in moves:
                    if self.random.random() < 0.35:
                        late = self.random.choice([0, 1, 21]) * self.random.random()
                        yield at + late * DAY, openid, event

    def tell(self) -> None:
        for number in range(self.first, DAYS + 1):
            is_first = number == self.first
            if is_first or number == DAYS or self.random.random() < 0.85:
                at = local(FIRST_DAY + number * DAY, 12 if is_first else self.random.uniform(0, 5))
                with transaction.atomic():
                    self.night(at)
        self.clock.now = local(FIRST_DAY + DAYS * DAY, 12)
        self.hear_events()
        self.store_runs()
        self.name_channels()
        self.account.refresh_from_db()

    def following(self, at: datetime) -> dict[str, Stay]:
        return {openid: it for openid, stays in self.lives.items() for it in stays if it.holds(at)}

    def night(self, start: datetime) -> None:
        page, end = start + SECOND, start + 3 * SECOND
        self.clock.now = page
        if self.random.random() < 0.25:
            self.hear_events()
        found, known = self.following(page), self.known()
        new = [openid for openid in found if openid not in known]
        if new:
            add_followers(self.account.pk, new, page)
        back = [pk for openid, (pk, follows) in known.items() if openid in found and not follows]
        if back:
            mark_resubscribed(self.account.pk, back, page)
        gone = [pk for openid, (pk, follows) in known.items() if follows and openid not in found]
        is_asked = self.random.random() < 0.8
        if gone:
            mark_absent(self.account.pk, gone, Absent(start, end, confirmed=is_asked))
        self.clock.now = end
        complete_list(self.account.pk, start, is_whole=True)
        self.walks.append(start)
        self.unread |= {openid for openid in found if openid not in known or not known[openid][1]}
        if self.random.random() < 0.25:
            self.read_profiles(end)

    def known(self) -> dict[str, tuple[int, bool]]:
        rows = Follower.objects.filter(account=self.account)
        return {it[0]: it[1:] for it in rows.values_list("openid", "pk", "subscribed")}

    def read_profiles(self, asked_at: datetime) -> None:
        """Of those who came since the last reading and still follow."""
        stays, known = self.following(asked_at), self.known()
        records = [record(known[it][0], stays[it]) for it in sorted(self.unread) if it in stays]
        self.unread.clear()
        if records:
            add_profiles(self.account.pk, records, asked_at)
            profiles.write_details(records, asked_at)

    def hear_events(self) -> None:
        """Those that have arrived, of people who are known."""
        known = {openid: pk for openid, (pk, _follows) in self.known().items()}
        heard: dict[int, list[Observation]] = {}
        waiting = []
        for event in self.events:
            arrived_at, openid, news = event
            if arrived_at <= self.clock.now and openid in known:
                heard.setdefault(known[openid], []).append(news)
            else:
                waiting.append(event)
        self.events = waiting
        if heard:
            with transaction.atomic():
                add_news(self.account.pk, heard)

    def store_runs(self) -> None:
        """By which the pages tell on which days there was a list."""
        runs = SyncRun.objects.bulk_create(
            SyncRun(account=self.account, status="succeeded", created_at=at, finished_at=at)
            for at in self.walks
        )
        SyncStage.objects.bulk_create(
            SyncStage(run=run, position=0, name="listing", status="done", walk_started_at=at)
            for run, at in zip(runs, self.walks, strict=True)
        )

    def name_channels(self) -> None:
        """Every second one."""
        Channel.objects.bulk_create(
            Channel(account=self.account, scene=it, name=f"{self.account.name} {it}", group="Shops")
            for it in SCENES[::2]
        )


def record(pk: int, stay: Stay) -> dict[str, object]:
    names = ("unionid", "remark", "qr_scene", "language", "legacy")
    number = int(stay.scene) if stay.scene.isdecimal() else None
    return {
        **dict.fromkeys(names),
        "id": pk,
        "subscribe_time": stay.began,
        "scene": stay.source,
        "qr_scene": number,
        "qr_scene_str": "" if number else stay.scene,
    }


def tell(clock: Clock, sizes: Iterable[int]) -> list[OfficialAccount]:
    """Accounts, each synced a month later than the one before, of so many people."""
    accounts = []
    for number, people in enumerate(sizes):
        account = OfficialAccount.objects.create(
            name=f"Told {number}", app_id=f"wxtold{number:012d}", app_secret="0" * 32
        )
        ToldWorld(account, clock, people, first=30 * number).tell()
        accounts.append(account)
    return accounts


@contextmanager
def told_accounts(*sizes: int) -> Iterator[tuple[list[OfficialAccount], datetime]]:
    """Accounts of so many people, and the moment, noon of the last day, at which the clock stops.

    For the tests of a module: the rows are committed, and deleted at the end.
    """
    clock = Clock(local(FIRST_DAY))
    with pytest.MonkeyPatch.context() as patch:
        clock.install(patch)
        try:
            yield tell(clock, sizes), clock.now
        finally:
            OfficialAccount.objects.all().delete()
