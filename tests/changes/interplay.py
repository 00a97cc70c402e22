"""Everybody who changes an account at once: people here, workers, and people at WeChat itself."""

import itertools
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from random import Random
from typing import Any

import requests
from django.conf import settings
from hypothesis.stateful import RuleBasedStateMachine

from followers.changes import follower_sets, follower_stage
from followers.changes.change import Action, Change, ChangeRefused, kind_of, kinds
from followers.changes.plan import check_change
from followers.changes.record import PlannedStep, record_steps
from followers.changes.undo import retry_failed, undo
from followers.models import EPOCH, EditRun, Follower, OfficialAccount, Run, SyncRun, Tag
from followers.rows.clock import db_now
from followers.runs import engine
from followers.sandbox.api import writing
from followers.sandbox.api.paths import TAG_WRITES
from followers.sandbox.people import console
from followers.sync import members, profile_batches, walk

from ..sync.driver import SECRET, FakeWeChat
from ..sync.driver import drive as drive_sync
from ..sync.truth import assert_equal, start
from . import driver
from .agreement import Elsewhere, differences

NAMES, TEXTS = ("VIP", "上海", "新客", "老客户"), ("", "金牌", "银牌", "calls on Mondays")
SIZES = {"tag": 4, "untag": 4, "block": 3, "unblock": 3, "note": 5}
WRITES = {kind.path for kind in kinds() if kind.path}
SMALL: tuple[tuple[Any, str, int], ...] = (
    (follower_sets, "MAX_CHECKED_ONE_BY_ONE", 5),
    (follower_stage, "MAX_CHECKED_PER_STEP", 6),
    (members, "CHUNK_ROWS", 3),
)
OF_TAGGING = ("45159", "45169")
FAULTS = (*OF_TAGGING, "-1", "40003", "45009", "not_json")

WANTED = ("edit_members", "edit_text", "edit_tag", "edit_blacklist")

app_ids = (f"wx{number:08d}" for number in itertools.count())


def nothing(*_args: Any) -> None:
    pass


class Killed(BaseException):
    """A worker ends here, whatever it was doing."""


class AtOnce(ThreadPoolExecutor):
    """Without threads, which could not be repeated: asked early, wanted later."""

    def submit(self, call: Callable[..., Any], *args: Any, **how: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(call(*args, **how))
        except Exception as error:  # noqa: BLE001 (kept for whoever takes the answer)
            future.set_exception(error)
        return future


def make_small(monkeypatch: Any, configuration: Any, most_tags: int = 4) -> None:
    """Limits that a few people reach, and nothing in threads."""
    for module, name, value in SMALL:
        monkeypatch.setattr(module, name, value)
    for module in (follower_sets, writing, console):
        monkeypatch.setattr(module, "MAX_TAGS", most_tags)
    for action, size in SIZES.items():
        monkeypatch.setattr(type(kind_of(action)), "followers_per_step", size)
    for module in (walk, profile_batches):
        monkeypatch.setattr(module, "ThreadPoolExecutor", AtOnce)
    monkeypatch.setattr(engine, "client_for", None)
    configuration.SYNC_SLICE_SECONDS = 60
    configuration.DETAILS_BATCH, configuration.DETAILS_CALLS_AT_ONCE = 6, 2


class Interplay(RuleBasedStateMachine):
    """One account that is synced. Each act takes a source of chance, so that it can be repeated."""

    people, fewest, tags = 22, 10, 2

    def __init__(self) -> None:
        super().__init__()
        self.wechat = FakeWeChat(
            self.people,
            app_id=next(app_ids),
            page_size=5,
            blacklist_page_size=3,
            tags=self.tags,
            tag_percent=30,
        )
        self.account = OfficialAccount.objects.create(
            name="Tea House", app_id=self.wechat.account.app_id, app_secret=SECRET
        )
        engine.client_for = self.wechat.client_for
        settings.SYNC_SLICE_SECONDS = 60
        self.elsewhere = Elsewhere()
        self.flying: list[str] = []
        self.excused = False
        self.at_hand: Any = None
        drive_sync(start(self.account))

    def act(self, name: str, number: int) -> None:
        getattr(self, name)(Random(number))

    # --- what people here want --------------------------------------------------------------------

    def some(self, chance: Random) -> Any:
        """Some of those who are known here, mostly followers."""
        known = Follower.objects.filter(account=self.account).order_by("pk")
        ids = list(known.values_list("pk", flat=True))
        return known.filter(pk__in=chance.sample(ids, chance.randint(1, min(12, len(ids)))))

    def tag(self, chance: Random) -> Tag | None:
        own = list(Tag.objects.filter(account=self.account).order_by("pk"))
        return chance.choice(own) if own else None

    def runs(self, model: type[Run], *statuses: str) -> list[Any]:
        found = model._default_manager.filter(account=self.account, status__in=statuses)
        return list(found.order_by("pk"))

    def want(self, who: Any, action: str, **what: Any) -> EditRun | None:
        try:
            check_change(self.account, Change(action, **what))
        except ChangeRefused:
            return None
        return driver.change(self.account, who, action, **what)

    def edit_members(self, chance: Random) -> EditRun | None:
        if (tag := self.tag(chance)) is None:
            return None
        action = chance.choice([Action.TAG, Action.TAG, Action.UNTAG])
        return self.want(self.some(chance), action, tag=tag)

    def edit_blacklist(self, chance: Random) -> EditRun | None:
        return self.want(self.some(chance), chance.choice([Action.BLOCK, Action.UNBLOCK]))

    def edit_text(self, chance: Random) -> EditRun | None:
        action = chance.choice([Action.REMARK, Action.REMARK, Action.NOTE])
        return self.want(self.some(chance), action, text=chance.choice(TEXTS))

    def edit_tag(self, chance: Random) -> EditRun | None:
        action = chance.choice([Action.CREATE_TAG, Action.RENAME_TAG, Action.DELETE_TAG])
        if action == Action.CREATE_TAG:
            return self.want(None, action, name=chance.choice(NAMES))
        tag, name = self.tag(chance), chance.choice(NAMES)
        what = {"name": name} if action == Action.RENAME_TAG else {}
        return self.want(None, action, tag=tag, **what) if tag else None

    def edit_file(self, chance: Random) -> EditRun:
        """As an import does it: a new tag, then whom to give it, then remarks of their own."""
        name, who = chance.choice(NAMES), [row.pk for row in self.some(chance)]
        tag = Tag.objects.filter(account=self.account, name=name).first()
        steps = [] if tag else [PlannedStep(Change(Action.CREATE_TAG, name=name))]
        steps.append(PlannedStep(Change(Action.TAG, tag=tag, name=name), who))
        texts = {row: chance.choice(TEXTS) for row in who}
        steps.append(PlannedStep(Change(Action.REMARK), texts=texts))
        return record_steps(self.account, steps, user=None, selection="file")

    def undo(self, chance: Random) -> None:
        self.follow_up(chance, undo)

    def again(self, chance: Random) -> None:
        self.follow_up(chance, retry_failed)

    def follow_up(self, chance: Random, how: Callable[[EditRun, Any], EditRun]) -> None:
        if ended := self.runs(EditRun, "succeeded", "failed", "cancelled"):
            with suppress(ChangeRefused):
                how(chance.choice(ended), None)

    def start_sync(self, chance: Random) -> None:
        start(self.account, refresh_details=chance.random() < 0.5)

    def cancel_edit(self, chance: Random) -> None:
        self.cancel(chance, EditRun)

    def cancel_sync(self, chance: Random) -> None:
        self.cancel(chance, SyncRun)

    def cancel(self, chance: Random, model: type[Run]) -> None:
        if active := self.runs(model, *Run.ACTIVE):
            engine.cancel(chance.choice(active))
            self.excused = True

    # --- workers ----------------------------------------------------------------------------------

    def slice(self, chance: Random) -> None:
        """A worker takes a run that moves; which one it may have, the claim decides."""
        if run := self.moving(chance):
            self.advance(run, run.ticket)

    def moving(self, chance: Random) -> Any:
        edits, syncs = (self.runs(model, *Run.ACTIVE) for model in (EditRun, SyncRun))
        found = [*edits, *edits[:1] * 3, *syncs * 2]
        return chance.choice(found) if found else None

    def whole(self, chance: Random) -> None:
        """Something is wanted, and it and all that was wanted before is done at once."""
        self.act(
            chance.choice(["edit_members", "edit_text", "edit_tag", "edit_blacklist"]),
            chance.getrandbits(32),
        )
        for _ in range(12):
            for run in self.runs(EditRun, *Run.ACTIVE)[:1]:
                self.advance(run, run.ticket)

    def late_task(self, chance: Random) -> None:
        """A message that was delivered once before, or twice."""
        every = [run for model in (EditRun, SyncRun) for run in self.runs(model, *Run.Status)]
        if every:
            run = chance.choice(every)
            self.advance(run, chance.randint(0, run.ticket))

    def overtake(self, chance: Random) -> None:
        """Another worker goes on with the run at hand, whose own worker seems to be dead."""
        self.expire(chance)
        if self.at_hand is None:
            self.slice(chance)
        else:
            self.at_hand.refresh_from_db()
            self.advance(self.at_hand, self.at_hand.ticket)

    def expire(self, _chance: Random) -> None:
        """Those who work were killed, or are frozen for longer than their lease."""
        for model in (EditRun, SyncRun):
            running = model._default_manager.filter(account=self.account, status="running")
            running.update(lease_until=EPOCH)
        self.excused = True

    def time_passes(self, _chance: Random) -> None:
        """Whoever waits for a minute, or for tomorrow, may go on."""
        for model in (EditRun, SyncRun):
            waiting = model._default_manager.filter(account=self.account, status="waiting")
            waiting.update(resume_at=db_now())

    def advance(
        self, run: Run, ticket: int, after_commit: Callable[[], None] | None = None
    ) -> None:
        after_commit = after_commit or (lambda: None)
        if isinstance(run, EditRun):
            engine.advance(EditRun, run.pk, ticket, after_commit=after_commit)
        else:
            engine.advance(SyncRun, run.pk, ticket, after_commit=after_commit)

    def disturbed(
        self,
        chance: Random,
        slices: int,
        place: tuple[str, int],
        dies: str,
        meanwhile: Iterable[tuple[str, int]],
    ) -> None:
        """Some slices: at one place of them something happens, and the worker may die.

        `place`: the end of a call's path, and which of those calls. `dies`: "before" that call,
        when it is "answered", when a step is "stored"; "lost" if the answer alone is, "" if not.
        """
        (wanted, number), when = place, dies if dies in ("before", "stored") else "answered"
        left = itertools.count(1 - number)

        def happens(point: str, path: str = "") -> None:
            if point == when and path.endswith(wanted if path else "") and next(left) == 0:
                for name, number in meanwhile:
                    self.act(name, number)
                if dies == "lost":
                    raise requests.ConnectionError("the answer is lost")
                if dies == point:
                    raise Killed

        self.watch(happens)
        try:
            for _ in range(slices):
                self.excused = False
                if run := self.moving(chance):
                    self.at_hand = run
                    self.advance(run, run.ticket, lambda: happens("stored"))
        except Killed:
            pass
        finally:
            self.look_away()

    def watch(self, happens: Callable[[str, str], None]) -> None:
        """`happens` at each call of the worker itself, not at those made meanwhile."""

        def before(path: str) -> None:
            if path in WRITES and self.flying:
                assert self.excused or not any(self.flying), (path, self.flying)
            if not self.flying:
                # Frozen for longer than the lease is longer than a call's deadline, too.
                if self.excused and path in WRITES:
                    raise requests.Timeout
                happens("before", path)
            self.flying.append(path if path in WRITES else "")

        def after(path: str, _cursor: str) -> None:
            try:
                if len(self.flying) == 1:
                    happens("answered", path)
            finally:
                self.flying.pop()

        self.wechat.before, self.wechat.after = before, after

    def look_away(self) -> None:
        self.wechat.before = self.wechat.after = nothing
        self.flying.clear()
        self.at_hand = None

    # --- people at WeChat -------------------------------------------------------------------------

    def there(self, chance: Random) -> str:
        return chance.choice(sorted(self.wechat.followers()))

    def change_there(self, openid: str, **what: Any) -> None:
        self.wechat.account.console.change(openid, **what)

    def console_members(self, chance: Random) -> None:
        number = chance.choice(sorted(self.wechat.account.records.tags))
        self.turn_over(self.there(chance), number)

    def turn_over(self, openid: str, number: int) -> None:
        """Give a follower a tag, or take it away."""
        records = self.wechat.account.records
        tags = set(records.tags_of(records.slot_of(openid))) ^ {number}
        if len(tags) <= console.MAX_TAGS:
            self.change_there(openid, tags=tags)
            self.elsewhere.keys.add(("has", number, openid))

    def console_blacklist(self, chance: Random) -> None:
        openid = self.there(chance)
        self.change_there(openid, blacklisted=chance.random() < 0.6)
        self.elsewhere.keys.add(("blocked", None, openid))

    def console_remark(self, chance: Random) -> None:
        openid = self.there(chance)
        self.change_there(openid, remark=chance.choice(TEXTS))
        self.elsewhere.keys.add(("remark", None, openid))

    def console_tag(self, chance: Random) -> None:
        console, tags = self.wechat.account.console, self.wechat.account.records.tags
        own = sorted(number for number in tags if number not in (0, 1, 2))
        name, kind = chance.choice(NAMES), chance.choice(["create", "rename", "delete"])
        if kind == "delete" and own:
            self.elsewhere.tags.add(number := chance.choice(own))
            console.delete_tag(number)
        elif name not in {tag.name for tag in tags.values()}:
            if kind == "rename" and own:
                self.elsewhere.tags.add(number := chance.choice(own))
                console.rename_tag(number, name)
            elif kind == "create":
                self.elsewhere.tags.add(console.create_tag(name))

    def console_people(self, chance: Random) -> None:
        people, number = self.wechat.people, chance.randint(1, 3)
        move = chance.choice([people.leave, people.join, people.come_back])
        spare = len(self.wechat.followers()) - self.fewest
        moved = move(max(0, min(number, spare)) if move == people.leave else number)
        self.elsewhere.people.update(moved)

    def mood(self, chance: Random) -> None:
        """WeChat refuses a few changes of one kind."""
        fault = chance.choice(FAULTS)
        path = chance.choice(TAG_WRITES if fault in OF_TAGGING else sorted(WRITES))
        how = {"count": chance.choice([1, 3, 5]), "after": chance.choice([0, 0, 2])}
        self.wechat.fault(fault, path=path, **how)

    # --- the end ----------------------------------------------------------------------------------

    def quiet(self, _chance: Random) -> None:
        self.settle()

    def settle(self) -> SyncRun:
        """What is under way goes on undisturbed to its end, however that is; then a clean sync."""
        chance = Random(0)
        self.wechat.clear()
        settings.SYNC_SLICE_SECONDS = 60
        for _ in range(200):
            active = self.runs(EditRun, *Run.ACTIVE) + self.runs(SyncRun, *Run.ACTIVE)
            if not active:
                break
            self.expire(chance)
            self.time_passes(chance)
            for run in active:
                run.refresh_from_db()
                self.advance(run, run.ticket)
        else:
            raise AssertionError([(run, run.status, run.message) for run in active])
        run = drive_sync(start(self.account, refresh_details=True))
        assert run.status == "succeeded", (run.status, run.reason, run.message)
        assert_equal(self.account, self.wechat)
        self.elsewhere = Elsewhere()
        return run

    def differences(self) -> dict[Any, Any]:
        return differences(self.account, self.wechat, self.elsewhere)

    def teardown(self) -> None:
        try:
            self.settle()
        finally:
            self.account.delete()
