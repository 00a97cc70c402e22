"""Taken back is what a change did, as far as nobody has touched it since."""

import pytest
from django.utils.translation import override

from followers.changes.change import ChangeRefused
from followers.changes.undo import count_undoable, retry_failed, undo
from followers.models import Follower, FollowerTag
from followers.rows.bitmaps import unpack
from followers.runs import engine

from ..sync.driver import by_a_clock_that_was_ahead
from ..sync.truth import assert_members, run_of
from .driver import REMARKING, change, drive, make_tag, numbers, outcome, people, reasons

INVERSE = {"tag": "untag", "untag": "tag", "block": "unblock", "unblock": "block"}
ACTIONS = ("tag", "untag", "block", "unblock", "remark", "note")


class Stage:
    """Five followers before a change of one kind; what others do to some of them afterwards."""

    def __init__(self, account, action):
        self.account, self.action = account, action
        self.tag = make_tag(account) if "tag" in action else None
        self.rows = list(people(account).filter(blacklisted=False).order_by("pk")[:5])
        self.what = {"tag": self.tag} if self.tag else {}
        if action in ("untag", "unblock"):
            self.make(INVERSE[action], self.rows)
        if action in ("remark", "note"):
            self.make(action, self.rows[:3], text="before")

    def make(self, action, rows, **what):
        who = Follower.objects.filter(pk__in=[row.pk for row in rows])
        return drive(change(self.account, who, action, **{**self.what, **what}))

    def act(self):
        return self.make(self.action, self.rows, **self.text("ours"))

    def away(self, row):
        self.make(INVERSE.get(self.action, self.action), [row], **self.text("theirs"))

    def back(self, row):
        self.make(self.action, [row], **self.text("ours"))

    def text(self, text):
        return {} if self.action in INVERSE else {"text": text}

    def seen(self, row):
        """A sync has found it changed at WeChat."""
        rows = Follower.objects.filter(pk=row.pk)
        match self.action:
            case "tag":
                FollowerTag.objects.filter(follower=row, tag=self.tag).delete()
            case "untag":
                FollowerTag.objects.create(follower=row, tag=self.tag)
            case "block" | "unblock":
                rows.update(blacklisted=self.action == "unblock")
            case column:
                rows.update(**{column: "theirs"})

    def state(self):
        keys = [row.pk for row in self.rows]
        had = set(FollowerTag.objects.filter(tag=self.tag).values_list("follower", flat=True))
        found = Follower.objects.filter(pk__in=keys).order_by("pk")
        columns = found.values_list("pk", "blacklisted", "remark", "note")
        return [(pk in had, *rest) for pk, *rest in columns]


def targets(run):
    return set(unpack(run.steps.get().targets))


@pytest.fixture(params=ACTIONS)
def stage(request, account, small):
    return Stage(account, request.param)


def test_undone_and_done_again_is_as_before(account, small, stage):
    before = stage.state()
    run = stage.act()
    after = stage.state()
    assert (numbers(run), count_undoable(run)) == ((5, 0, 0), 5)
    back = drive(undo(run, None))
    assert (stage.state(), back.undo_of, back.selection) == (before, run, run.selection)
    assert count_undoable(run) == 0
    forth = drive(undo(back, None))
    assert (numbers(forth), stage.state(), forth.undo_of) == ((5, 0, 0), after, back)
    if stage.action in INVERSE:
        assert_members(account, small)


def test_what_others_changed_since_stays(stage):
    before = stage.state()
    run = stage.act()
    _mine, _too, away, there, seen = stage.rows
    stage.away(away)
    stage.away(there)
    stage.back(there)
    stage.seen(seen)
    theirs = stage.state()
    assert count_undoable(run) == 2
    undone = undo(run, None)
    assert targets(undone) == {row.pk for row in stage.rows[:2]}
    drive(undone)
    assert stage.state() == before[:2] + theirs[2:]


@pytest.mark.parametrize("stage", [it for it in ACTIONS if it != "note"], indirect=True)
def test_what_wechats_console_changed_and_changed_back_stays(account, small, stage):
    run = stage.act()
    before = stage.state()
    for _there_and_back in range(2):
        turn_over(small, stage, stage.rows[0])
        assert run_of(account, refresh_details=True).status == "succeeded"
    assert stage.state() == before
    undone = undo(run, None)
    assert targets(undone) == {row.pk for row in stage.rows[1:]}


def turn_over(wechat, stage, row):
    """Somebody changes it in WeChat's own console, to what it was before or back again."""
    records = wechat.account.records
    slot = records.slot_of(row.openid)
    if stage.action == "remark":
        text = "ours" if records.remark(slot) != "ours" else "before"
        records.set_field(slot, remark=text)
    else:
        members = records.tags[stage.tag.wechat_id].members if stage.tag else records.blacklisted
        records.set_member(members, slot, not members.has(slot))


def test_only_what_was_needed_is_undone(stage):
    stage.make(stage.action, stage.rows[:2], **stage.text("ours"))
    before = stage.state()
    run = stage.act()
    assert (numbers(run), count_undoable(run)) == ((3, 2, 0), 3)
    drive(undo(run, None))
    assert stage.state() == before


def test_a_run_that_is_under_way_or_has_done_nothing_cannot_be_undone(account, small):
    run = change(account, people(account), "note", text="x")
    with override("en"):
        for _status in ("queued", "cancelled"):
            assert count_undoable(run) == 0
            with pytest.raises(ChangeRefused, match="nothing left to undo"):
                undo(run, None)
            engine.cancel(run)
            run.refresh_from_db()


def test_those_who_failed_are_tried_again_and_only_the_others_undone(account, small):
    gone = next(iter(small.people.leave(1)))
    tag = make_tag(account)
    run = drive(change(account, people(account).filter(blacklisted=False), "tag", tag=tag))
    failed = people(account, [gone]).get().pk
    assert (run.failed, count_undoable(run)) == (1, run.done)
    assert targets(undo(run, None)) == outcome(run, "done")
    assert targets(retry_failed(run, None)) == {failed} == outcome(run, "failed")


def test_what_was_never_reached_is_done_again_with_its_own_text(account, small):
    who = people(account)
    small.fault("45009", count=1, path=REMARKING, after=2)
    run = drive(change(account, who, "remark", text="ours"))
    assert (run.status, run.done) == ("waiting", 2)
    engine.cancel(run)
    run.refresh_from_db()
    assert count_undoable(run) == 2
    rest = drive(retry_failed(run, None))
    assert rest.done + 2 == run.selected - run.skipped
    with override("en"), pytest.raises(ChangeRefused, match="nothing left to do again"):
        retry_failed(rest, None)


def test_with_the_tag_its_changes_are_gone(account, small):
    tag = make_tag(account)
    run = drive(change(account, people(account), "tag", tag=tag))
    drive(change(account, None, "delete_tag", tag=tag))
    assert count_undoable(run) == 0
    with pytest.raises(ChangeRefused):
        undo(run, None)


def test_a_remark_that_came_in_too_long_is_sent_only_where_it_is_changed(account, small):
    long = people(account, sorted(small.followers() - small.account.records.blacklist())[:1])
    long.update(remark="x" * 31)
    for action in ("note", "block", "unblock"):
        drive(change(account, long, action, **({"text": "x"} if action == "note" else {})))
    assert small.calls[REMARKING] == 0
    run = drive(change(account, long, "remark", text="ours"))
    assert (run.done, small.calls[REMARKING]) == (1, 1)
    # WeChat takes no such text back.
    assert reasons(drive(undo(run, None))) == {"too_long": 1}
    assert (long.get().remark, small.calls[REMARKING]) == ("ours", 1)


def test_what_others_did_after_a_clock_was_put_right_stays(account, small, stage):
    run = stage.act()
    by_a_clock_that_was_ahead()
    stage.away(stage.rows[0])
    stage.back(stage.rows[0])
    stage.away(stage.rows[1])
    assert count_undoable(run) == 3
