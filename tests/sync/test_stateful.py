"""Any interleaving of slices, faults, kills, late deliveries, people and events ends exact."""

import itertools
from collections import defaultdict
from collections.abc import Sequence

import pytest
from django.db import transaction
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from followers.history.news import add_news
from followers.history.observations import Absent, Listed
from followers.history.sets import add_followers
from followers.models import EPOCH, Follower, OfficialAccount, Run, SyncRun
from followers.rows.clock import db_now
from followers.runs import engine
from followers.sync import review

from ..history.stored import assert_figures, assert_history
from ..stateful import profile
from .driver import LIST, SECRET, FakeWeChat, begin, drive, following, stored, sync

FEWEST = 8
FAULTS = ("-1", "40001", "40003", "45009", "48001", "http_502", "not_json")
FAULTS += ("repeated_cursor", "cycle", "endless", "duplicates", "ends_early", "empty_list")
OTHERS = ("start", "expire", "cancel", "retry", "late_task", "apply", "discard", "clear")
MEANWHILE = (*OTHERS, "leave", "join", "come_back", "event", "overtake", "overtake", "overtake")

numbers = st.integers(min_value=0, max_value=10_000)
app_ids = (f"wx{number:08d}" for number in itertools.count())


class Frozen:
    """What a slice may not touch when it wakes: what is newer, and all if it was overtaken."""

    def __init__(self, run: SyncRun) -> None:
        self.run, self.newer, self.all = run, None, None

    def meanwhile(self, acts) -> None:
        froze, version = db_now(), self.version()
        for act in acts:
            act()
        rows = Follower.objects.filter(status_as_of__gte=froze)
        self.newer = dict(rows.values_list("pk", "status_as_of"))
        self.all = stored() if self.version() != version else None

    def version(self) -> int:
        return SyncRun.objects.values_list("version", flat=True).get(pk=self.run.pk)

    def check(self) -> None:
        if self.newer is None:
            return
        rows = Follower.objects.filter(pk__in=self.newer)
        assert dict(rows.values_list("pk", "status_as_of")) == self.newer
        assert self.all is None or stored() == self.all


class Sync(RuleBasedStateMachine):
    """One account of some 25 people in pages of five, and everybody who works on it."""

    def __init__(self) -> None:
        super().__init__()
        self.wechat = FakeWeChat(25, app_id=next(app_ids), page_size=5)
        self.account = OfficialAccount.objects.create(
            name="Tea House", app_id=self.wechat.account.app_id, app_secret=SECRET
        )
        engine.client_for = self.wechat.client_for
        self.began = db_now()
        self.joined = dict.fromkeys(self.wechat.followers(), self.began)
        self.left = defaultdict(list)
        self.misjudged = False

    @rule(name=st.sampled_from(OTHERS))
    def other(self, name: str) -> None:
        getattr(self, name)()

    # --- people ---------------------------------------------------------------------------------

    @rule(name=st.sampled_from(["leave", "join", "come_back"]), number=st.integers(1, 4))
    def people(self, name: str, number: int) -> None:
        getattr(self, name)(number)

    def leave(self, number: int = 2) -> None:
        spare = len(self.wechat.followers()) - FEWEST
        for openid in self.wechat.people.leave(max(0, min(number, spare))):
            self.left[openid].append(db_now())

    def join(self, number: int = 2) -> None:
        for openid in self.wechat.people.join(number):
            self.joined[openid] = db_now()

    def come_back(self, number: int = 2) -> None:
        self.wechat.people.come_back(number)

    @rule(number=numbers)
    def event(self, number: int = 7) -> None:
        """WeChat tells at once that somebody follows, or does not."""
        openid = sorted(self.joined)[number % len(self.joined)]
        subscribed, now = openid in self.wechat.followers(), db_now()
        row = Follower.objects.filter(account=self.account, openid=openid).first()
        with transaction.atomic():
            if row:
                told = Listed(now) if subscribed else Absent(now, now, confirmed=True)
                add_news(self.account.pk, {row.pk: [told]})
            elif subscribed:
                add_followers(self.account.pk, [openid], now)

    # --- work -----------------------------------------------------------------------------------

    def runs(self):
        return SyncRun.objects.filter(account=self.account)

    def latest(self):
        return self.runs().order_by("pk").last()

    def start(self) -> None:
        begin(self.account)

    def slice(self) -> None:
        self.frozen(())

    @rule(meanwhile=st.lists(st.sampled_from(MEANWHILE), min_size=1, max_size=5))
    def frozen(self, meanwhile: Sequence[str]) -> None:
        """A slice between whose answer and whose commit all of `meanwhile` happens."""
        run, _created = begin(self.account)
        outer, self.wechat.after = self.wechat.after, self.nothing
        frozen = Frozen(run)
        if meanwhile:
            self.wechat.once(lambda: frozen.meanwhile(getattr(self, name) for name in meanwhile))
        engine.advance(SyncRun, run.pk, run.ticket)
        frozen.check()
        self.wechat.after = outer

    def overtake(self) -> None:
        """Another worker takes over what nobody seems to work on."""
        self.expire()
        self.slice()

    def nothing(self, path: str, cursor: str) -> None:
        pass

    @rule(slices=st.integers(1, 6))
    def slices(self, slices: int) -> None:
        for _ in range(slices):
            self.slice()

    @rule()
    def whole(self) -> None:
        """Undisturbed to the end, or to where it waits."""
        drive(begin(self.account)[0])

    def late_task(self, number: int = 3) -> None:
        if tickets := [(run.pk, ticket) for run in self.runs() for ticket in range(run.ticket + 1)]:
            engine.advance(SyncRun, *tickets[number % len(tickets)])

    def expire(self) -> None:
        """A worker was killed, or frozen for longer than its lease."""
        self.runs().filter(status=Run.Status.RUNNING).update(lease_until=EPOCH)

    def cancel(self) -> None:
        if run := self.latest():
            engine.cancel(run)

    def retry(self) -> None:
        if run := self.latest():
            engine.retry(run)

    def apply(self) -> None:
        """Whoever believes a wrong list gets a wrong result, until the next sync."""
        if run := self.latest():
            self.misjudged |= review.apply(run)

    def discard(self) -> None:
        if run := self.latest():
            review.discard(run)

    # --- WeChat's moods -------------------------------------------------------------------------

    @rule(fault=st.sampled_from(FAULTS), count=st.sampled_from([1, 1, 3, None]))
    def fault(self, fault: str, count: int | None) -> None:
        self.wechat.fault(fault, count=count, path=LIST)

    def clear(self) -> None:
        self.wechat.clear()

    # --- what holds -----------------------------------------------------------------------------

    @invariant()
    def one_run_is_active(self) -> None:
        assert self.runs().filter(status__in=Run.ACTIVE).count() <= 1

    @invariant()
    def nobody_is_what_he_never_was(self) -> None:
        rows = Follower.objects.filter(account=self.account)
        assert set(rows.values_list("openid", flat=True)) <= set(self.joined)
        gone = set(rows.filter(subscribed=False).values_list("openid", flat=True))
        assert gone <= set(self.left) or self.misjudged

    def teardown(self) -> None:
        try:
            self.settle()
        finally:
            self.account.delete()

    def settle(self) -> None:
        """What is under way ends, however it does; then one clean run."""
        self.clear()
        self.expire()
        self.cancel()
        run = sync(self.account)
        assert run.status == "succeeded", (run.status, run.reason, run.message)
        assert following(self.account) == self.wechat.followers()
        for row in Follower.objects.filter(account=self.account):
            self.assert_plausible(row)
        assert_figures(self.account)

    def assert_plausible(self, row: Follower) -> None:
        assert self.joined[row.openid] <= row.first_seen_at
        assert row.status_as_of <= db_now()
        assert_history(row)


@pytest.mark.usefixtures("queue", "connect")
def test_any_interleaving_ends_exact(monkeypatch):
    # The machine puts each of its accounts on a WeChat of its own; this puts everything back.
    monkeypatch.setattr(engine, "client_for", None)
    run_state_machine_as_test(Sync, settings=profile(examples=10, steps=25))
