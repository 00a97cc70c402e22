"""Random syncs of a few people, written in sets, beside everything that was observed of each.

Times are made up, hours apart or seconds; nothing here waits or asks anybody.
"""

import random
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from followers.history.fold import fold
from followers.history.observations import Absent, Baseline, Listed, Observation, Profile
from followers.history.periods import Period, first_seen, status_of
from followers.history.profiles import add_profiles
from followers.history.sets import add_followers, mark_absent, mark_resubscribed
from followers.models import Follower, OfficialAccount
from followers.rows import followers as rows
from followers.rows import profiles

from .lives import moment
from .stored import assert_figures, assert_history, periods

SOURCES = ("ADD_SCENE_SEARCH", "ADD_SCENE_QR_CODE")


class Syncs:
    """`observed`: by openid, what the fold is given; `since`: of those who follow, exact times."""

    def __init__(self, account: OfficialAccount, seed: int) -> None:
        self.account, self.random = account, random.Random(seed)
        self.observed: defaultdict[str, list[Observation]] = defaultdict(list)
        self.since: dict[str, datetime] = {}
        self.people = [f"o{number:02}" for number in range(12)]
        self.now = moment(0)
        self.baseline: datetime | None = None
        # What an account may not call: then a list alone is believed.
        self.can_ask = self.random.random() < 0.7

    def pass_time(self) -> datetime:
        pause = self.random.choice([(0.1, 2), (1, 70), (60, 4000), (4000, 200_000)])
        self.now += timedelta(seconds=self.random.uniform(*pause))
        return self.now

    def move(self, most: int = 4) -> None:
        """People come and go; subscribe_time has whole seconds."""
        for openid in self.random.sample(self.people, self.random.randint(0, most)):
            at = self.pass_time()
            if self.since.pop(openid, None) is None:
                self.since[openid] = at.replace(microsecond=0)

    def sync(self) -> None:
        with transaction.atomic():
            start = self.pass_time()
            known = set(self.following())
            listed: set[str] = set()
            for page in (self.people[:5], self.people[5:]):
                at = self.pass_time()
                listed |= self.list(at, {it for it in page if it in self.since})
                self.move(most=1)
            missing = known - listed
            self.sweep(start, missing)
            self.end_list(start, listed, missing)
            self.read_profiles()

    def following(self) -> list[str]:
        mine = Follower.objects.filter(account=self.account, subscribed=True)
        return list(mine.values_list("openid", flat=True))

    def ids(self, openids) -> list[int]:
        mine = Follower.objects.filter(account=self.account, openid__in=openids)
        return list(mine.values_list("pk", flat=True))

    def list(self, at: datetime, openids: set[str]) -> set[str]:
        """One page."""
        found = rows.look_up(self.account.pk, openids)
        if found.unknown_openids:
            add_followers(self.account.pk, found.unknown_openids, at)
        mark_resubscribed(self.account.pk, found.unsubscribed_ids, at)
        for openid in openids:
            seen = Baseline(at) if self.baseline is None else Listed(at)
            self.observed[openid].append(seen)
        return openids

    def sweep(self, start: datetime, missing: set[str]) -> None:
        """Whoever is not in the list is asked about, or believed to have left."""
        end = self.pass_time()
        gone = {it for it in missing if it not in self.since} if self.can_ask else missing
        absence = Absent(start, end, confirmed=self.can_ask)
        mark_absent(self.account.pk, self.ids(gone), absence)
        for openid in gone:
            self.observed[openid].append(absence)
        for openid in missing - gone:
            self.observed[openid].append(Listed(end))

    def end_list(self, start: datetime, listed: set[str], missing: set[str]) -> None:
        account = OfficialAccount.objects.filter(pk=self.account.pk)
        if self.baseline is None:
            self.baseline = self.pass_time()
            count = len(self.following())
            account.update(
                baseline_at=self.baseline, following=count, statistics_zone=settings.TIME_ZONE
            )
        account.update(listed_at=start)
        # The list is evidence of its start for whoever it leaves as they were, and of no more.
        for row in Follower.objects.filter(account=self.account, status_as_of__lt=start):
            told = Listed(start) if row.subscribed else Absent(start, start)
            self.observed[row.openid].append(told)

    def read_profiles(self) -> None:
        asked_at = self.pass_time()
        wanted = self.random.sample(self.people, self.random.randint(0, 6))
        known = Follower.objects.filter(account=self.account, openid__in=wanted)
        records = []
        for row in known:
            if since := self.since.get(row.openid):
                source = SOURCES[int(since.timestamp()) % 2]
                self.observed[row.openid].append(Profile(asked_at, since, source))
                records.append(record(row.pk, since, source))
        if records:
            add_profiles(self.account.pk, records, asked_at)
            profiles.write_details(records, asked_at)

    def check(self) -> None:
        for row in Follower.objects.filter(account=self.account):
            told = self.observed[row.openid]
            expected = fold(told, self.baseline)
            found = periods(row)
            assert_history(row)
            status = status_of(expected, told)
            assert row.subscribed == status.subscribed, row.openid
            assert row.unsubscribed_at == status.unsubscribed_at, row.openid
            assert row.first_seen_at == first_seen(told), row.openid
            if found:
                assert without_bounds(found) == without_bounds(expected), row.openid
            else:
                assert has_no_row(expected, self.baseline), (row.openid, expected)
        assert_figures(self.account)


def without_bounds(found: Iterable[Period]) -> list[Period]:
    """Rows know each moment at which somebody was seen only for the newest one."""
    return [replace(it, began_after=None, ended_after=None) for it in found]


def has_no_row(expected: Sequence[Period], baseline: datetime | None) -> bool:
    (only,) = expected
    return only.ended_at is None and (
        only.began_at is None or baseline is None or only.began_at <= baseline
    )


def record(pk: int, since: datetime, source: str) -> dict[str, object]:
    names = ("unionid", "remark", "qr_scene", "qr_scene_str", "language", "legacy")
    return {"id": pk, "subscribe_time": since, "scene": source, **dict.fromkeys(names)}
