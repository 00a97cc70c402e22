import pytest

from followers.changes import follower_stage
from followers.changes.undo import count_undoable, retry_failed, undo
from followers.models import EPOCH, EditRun, Follower, FollowerTag, Tag
from followers.rows.clock import db_now
from followers.runs import engine
from followers.sync.state import TagsState

from ..sync.driver import drive as sync_drive
from ..sync.driver import step
from ..sync.truth import TAGS, blocked, run_of, start, tags_here, tags_there
from .driver import (
    TAGGING,
    change,
    drive,
    having,
    make_tag,
    numbers,
    openids,
    outcome,
    people,
    reasons,
)


def test_everybody_gets_the_tag_in_calls_of_fifty(account, wechat):
    vip = make_tag(account)
    run = drive(change(account, people(account), "tag", tag=vip))
    assert run.status == "succeeded", (run.reason, run.message)
    total, skipped = run.selected, len(blocked(account))
    assert numbers(run) == (total - skipped, skipped, 0)
    assert having(wechat, vip) == openids(people(account).filter(blacklisted=False))
    assert tags_here(account) == tags_there(wechat)
    assert wechat.calls[TAGGING] == -(-(total - skipped) // 50)
    assert set(FollowerTag.objects.filter(tag=vip).values_list("edit", flat=True)) == {run.pk}
    assert Tag.objects.get(pk=vip.pk).follower_count == run.done


def test_one_whom_wechat_no_longer_knows_is_found_by_halves(account, wechat):
    vip = make_tag(account)
    gone = next(iter(wechat.people.leave(1)))
    run = drive(change(account, people(account), "tag", tag=vip))
    assert run.status == "succeeded"
    assert reasons(run).pop("40003") == 1
    assert outcome(run, "failed") == {people(account, [gone]).get().pk}
    assert numbers(run)[2] == 1
    assert having(wechat, vip) == openids(people(account).filter(blacklisted=False)) - {gone}


def test_a_used_up_quota_waits_and_goes_on(account, wechat):
    vip = make_tag(account)
    wechat.fault("45009", count=1, path=TAGGING, after=1)
    run = drive(change(account, people(account), "tag", tag=vip))
    assert (run.status, run.error_code, run.done) == ("waiting", 45009, 50)
    assert run.resume_at is not None
    engine.retry(run)
    assert drive(run).status == "succeeded"
    assert numbers(run)[2] == 0
    assert tags_here(account) == tags_there(wechat)


def test_a_busy_wechat_is_waited_for_and_longer_each_time(account, wechat):
    vip = make_tag(account)
    wechat.fault("45159", path=TAGGING)
    run = drive(change(account, people(account), "tag", tag=vip))
    assert (run.status, run.error_code, run.consecutive_failures) == ("waiting", 45159, 1)
    EditRun.objects.filter(pk=run.pk).update(resume_at=db_now())
    engine.advance(EditRun, run.pk, run.ticket)
    run.refresh_from_db()
    assert (run.status, run.consecutive_failures) == ("waiting", 2)
    wechat.clear()
    engine.retry(run)
    assert drive(run).status == "succeeded"


def test_a_tag_that_is_gone_fails_all_in_words(account, wechat):
    vip = make_tag(account)
    wechat.account.records.delete_tag(vip.wechat_id)
    run = drive(change(account, people(account), "tag", tag=vip))
    assert (run.status, run.error_code, run.done) == ("failed", 45159, 0)
    assert run.failed + run.skipped == run.selected


def test_a_kill_after_wechats_yes_repeats_that_call_alone(account, wechat):
    vip = make_tag(account)
    run = change(account, people(account), "tag", tag=vip)
    engine.advance(EditRun, run.pk, run.ticket)
    run.refresh_from_db()
    before = wechat.calls[TAGGING]

    def killed(path, cursor):
        if path == TAGGING:
            wechat.after = lambda path, cursor: None
            raise KeyboardInterrupt

    wechat.after = killed
    with pytest.raises(KeyboardInterrupt):
        engine.advance(EditRun, run.pk, run.ticket)
    EditRun.objects.filter(pk=run.pk).update(lease_until=EPOCH)
    assert drive(run).status == "succeeded"
    assert wechat.calls[TAGGING] == before + 1 + -(-run.done // 50)
    assert tags_here(account) == tags_there(wechat)


def test_runs_of_an_account_go_in_turn_and_the_next_one_is_sent(account, wechat, queue):
    vip = make_tag(account)
    first = change(account, people(account), "tag", tag=vip)
    second = change(account, people(account), "untag", tag=vip)
    engine.advance(EditRun, second.pk, second.ticket)
    second.refresh_from_db()
    assert second.status == "queued"
    queue.changes.clear()
    drive(first)
    assert (second.pk, second.ticket) in queue.changes
    assert drive(second).status == "succeeded"
    assert having(wechat, vip) == set()
    assert tags_here(account) == tags_there(wechat)


def test_block_remark_and_note_are_undone_unless_changed_since(account, wechat):
    who = people(account).filter(blacklisted=False)[:3]
    ids = [row.pk for row in who]
    some = Follower.objects.filter(pk__in=ids)
    before = dict(some.values_list("pk", "remark"))
    block = drive(change(account, some, "block"))
    assert numbers(block) == (3, 0, 0)
    drive(undo(block, None))
    assert blocked(account) == wechat.account.records.blacklist()
    assert not some.filter(blacklisted=True).exists()
    remark = drive(change(account, some, "remark", text="金牌"))
    assert numbers(remark)[0] == 3
    drive(change(account, some.filter(pk=ids[0]), "remark", text="银牌"))
    assert count_undoable(remark) == 2
    drive(undo(remark, None))
    after = dict(some.values_list("pk", "remark"))
    assert after == before | {ids[0]: "银牌"}
    note = drive(change(account, some, "note", text="calls on Mondays"))
    assert numbers(note) == (3, 0, 0)
    assert count_undoable(note) == 3


def test_undo_of_a_tagging_leaves_whom_others_tagged_again(account, wechat):
    vip = make_tag(account)
    run = drive(change(account, people(account), "tag", tag=vip))
    other = FollowerTag.objects.filter(tag=vip).first()
    follower = other.follower_id
    other.delete()
    FollowerTag.objects.create(tag=vip, follower_id=follower)
    assert count_undoable(run) == run.done - 1
    drive(undo(run, None))
    assert [row.follower_id for row in FollowerTag.objects.filter(tag=vip)] == [follower]


def test_a_list_that_was_asked_for_before_the_change_takes_nothing_back(account, wechat):
    vip = make_tag(account)
    sync = start(account, "tags")
    stage = sync.stages.get()
    while not (stage.phase == "apply" and TagsState.load(stage).todo[0].tag_id == vip.pk):
        step(sync)
        stage.refresh_from_db()
    run = drive(change(account, people(account), "tag", tag=vip))
    sync_drive(sync)
    assert FollowerTag.objects.filter(tag=vip).count() == run.done
    assert run_of(account, "tags").status == "succeeded"
    assert tags_here(account) == tags_there(wechat)


def test_a_tag_deleted_while_a_step_waits_fails_the_rest_in_words(account, wechat):
    vip = make_tag(account)
    wechat.fault("45169", count=1, path=TAGGING, after=1)
    run = drive(change(account, people(account), "tag", tag=vip))
    assert (run.status, run.done) == ("waiting", 50)
    drive(change(account, None, "delete_tag", tag=vip))
    engine.retry(run)
    assert drive(run).status == "succeeded"
    assert reasons(run)["45159"] == run.failed > 0
    assert numbers(run)[0] == 50
    assert run.steps.get().sending == []


def meanwhile(wechat, path, act):
    """`act` between WeChat's next answer of this path and its being stored."""

    def after(called, _cursor):
        if called == path:
            wechat.after = lambda path, cursor: None
            act()

    wechat.after = after


def test_a_list_of_tags_that_was_asked_for_before_takes_no_new_tag_and_no_name_back(
    account, wechat
):
    vip, made = make_tag(account), []

    def edits():
        drive(change(account, None, "rename_tag", tag=vip, name="金牌"))
        made.append(make_tag(account, "新客"))

    meanwhile(wechat, TAGS, edits)
    assert run_of(account, "tags").status == "succeeded"
    assert Tag.objects.get(pk=vip.pk).name == "金牌"
    assert Tag.objects.filter(pk=made[0].pk).exists()
    assert run_of(account, "tags").status == "succeeded"
    assert tags_here(account) == tags_there(wechat)


def test_a_tag_that_is_deleted_while_its_list_is_read_does_not_stop_the_sync(account, wechat):
    vip = make_tag(account)
    drive(change(account, people(account), "tag", tag=vip))
    FollowerTag.objects.filter(tag=vip).delete()
    sync = start(account, "tags")
    stage = sync.stages.get()
    while not (stage.phase == "apply" and TagsState.load(stage).todo[0].tag_id == vip.pk):
        step(sync)
        stage.refresh_from_db()
    drive(change(account, None, "delete_tag", tag=vip))
    assert sync_drive(sync).status == "succeeded"
    assert tags_here(account) == tags_there(wechat)


def test_undo_of_a_remark_leaves_whom_others_gave_the_same_one_since(account, wechat):
    someone = people(account, [next(iter(openids(people(account))))])
    first = drive(change(account, someone, "remark", text="金牌"))
    drive(change(account, someone, "remark", text="银牌"))
    drive(change(account, someone, "remark", text="金牌"))
    assert count_undoable(first) == 0


def test_an_undo_leaves_alone_what_was_changed_between_its_asking_and_its_turn(account, wechat):
    three = people(account, sorted(openids(people(account)))[:3])
    first = drive(change(account, three, "remark", text="VIP"))
    ids = sorted(three.values_list("pk", flat=True))
    between = change(account, Follower.objects.filter(pk__in=ids[:2]), "remark", text="Z")
    taken_back = undo(first, None)
    assert taken_back.selected == 3
    drive(between)
    assert numbers(drive(taken_back)) == (1, 2, 0)
    assert reasons(taken_back) == {"changed_since": 2}
    assert list(three.order_by("pk").values_list("remark", flat=True)) == ["Z", "Z", ""]


def test_where_not_one_of_many_is_accepted_nobody_is_tried_any_more(account, wechat, monkeypatch):
    monkeypatch.setattr(follower_stage, "ALL_REFUSED_COUNT", 10)
    vip = make_tag(account)
    wechat.fault("40003", path=TAGGING)
    run = drive(change(account, people(account), "tag", tag=vip))
    assert (run.status, run.reason, run.failed) == ("failed", "all_refused", 10)
    assert run.error_params == {"number": 10}
    assert wechat.calls[TAGGING] <= 30
    wechat.clear()
    rest = drive(retry_failed(run, None))
    assert (rest.status, rest.retry_of, rest.failed) == ("succeeded", run, 0)
    assert having(wechat, vip) == openids(people(account).filter(blacklisted=False))


def test_failures_behind_a_success_end_nothing(account, wechat, monkeypatch):
    monkeypatch.setattr(follower_stage, "ALL_REFUSED_COUNT", 3)
    vip = make_tag(account)
    wechat.fault("40003", path=TAGGING, after=1)
    run = drive(change(account, people(account), "tag", tag=vip))
    assert (run.status, run.done) == ("succeeded", 50)
    assert run.done + run.skipped + run.failed == run.selected
