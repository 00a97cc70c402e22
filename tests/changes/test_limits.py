"""What WeChat refuses by its own rules, over HTTP: the change slows down, or fails for a few."""

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.utils.translation import gettext

from followers.changes.progress import change_progress, followers_with_outcome
from followers.models import EPOCH, EditRun
from followers.rows.clock import db_now
from followers.runs import engine
from followers.runs.messages import describe
from followers.wechat.errors import explain

from ..sandbox.caller import Caller
from ..stack import wait_for
from .driver import (
    REMARKING,
    TAGGING,
    change,
    drive,
    numbers,
    openids,
    reasons,
)
from .mirror import called, state_here, state_there

IMPATIENT_TRIES = 3
NOON = datetime(2026, 5, 4, 4, 0, tzinfo=UTC)


@pytest.fixture
def tag_all(account, mirror):
    """Tagging 120 followers in three calls: the run, those people, the tag."""

    def tag_all():
        who, vip = mirror(120)
        return change(account, who, "tag", tag=vip), who, vip

    return tag_all


@pytest.fixture
def allow(sandbox, monkeypatch):
    """Other rules at WeChat."""

    def allow(**options):
        new = replace(sandbox.simulation.options, **options)
        monkeypatch.setattr(sandbox.simulation.default, "options", new)

    return allow


@pytest.fixture
def at(sandbox, monkeypatch):
    """The time of day, for WeChat and for whoever computes how long to wait."""

    def at(moment):
        monkeypatch.setattr(sandbox.simulation.default, "clock", moment.timestamp)
        monkeypatch.setattr(engine, "db_now", lambda: moment)

    return at


def time_comes(run, queue):
    """The moment for which a run waits; nobody presses anything."""
    assert run.status == "waiting"
    queue.changes.clear()
    EditRun.objects.filter(pk=run.pk).update(resume_at=EPOCH, redeliver_at=db_now())
    engine.redeliver_due_runs()
    queue.deliver()
    run.refresh_from_db()
    return run


def holders(sandbox, tag):
    return set(sandbox.tags()[tag.wechat_id].openids)


def failures(run):
    return [(openid, why) for openid, _remark, why in followers_with_outcome(run, "failed")]


NO_TAG = "The tag no longer exists in WeChat."


def words(code, path=""):
    return explain(code, "api", {"path": path}).meaning


# --- too much at once -----------------------------------------------------------------------------


def test_writes_that_overlap_with_somebody_else_s_slow_it_down(account, sandbox, tag_all, queue):
    run, who, vip = tag_all()
    with Caller(sandbox) as other:
        assert other.token
        sandbox.fault("slow", count=1, path=TAGGING, seconds=1)
        tags = {"openid_list": [who[0].openid], "tagid": 2}
        writes = threading.Thread(target=other.call, args=[TAGGING], kwargs=tags)
        writes.start()
        wait_for(lambda: sandbox.state["in_flight"])
        run = drive(run)
        writes.join()
    assert (run.status, run.error_code, run.done, run.consecutive_failures) == (
        "waiting",
        45159,
        0,
        1,
    )
    assert time_comes(run, queue).status == "succeeded"
    assert numbers(run) == (120, 0, 0)
    assert holders(sandbox, vip) == openids(who)


def test_too_fast_slows_it_down_each_time(account, sandbox, tag_all, allow, at, queue):
    run, _who, _vip = tag_all()
    allow(tag_rate=1)
    at(NOON)
    for calls in (1, 2):
        run = drive(run) if run.status == "queued" else time_comes(run, queue)
        assert (run.status, run.error_code, run.done) == ("waiting", 45169, 50 * calls)
        assert run.resume_at - run.progressed_at >= timedelta(minutes=1)
        assert state_here(account) == state_there(sandbox)
        at(NOON + timedelta(minutes=calls))
    assert time_comes(run, queue).status == "succeeded"
    assert numbers(run) == (120, 0, 0)
    assert state_here(account) == state_there(sandbox)


def test_a_quota_that_ends_in_the_middle_goes_on_the_next_day(
    account, sandbox, tag_all, allow, at, queue
):
    run, _who, _vip = tag_all()
    allow(quotas={TAGGING: 1})
    at(NOON)
    run = drive(run)
    assert (run.status, run.error_code, run.done) == ("waiting", 45009, 50)
    wait = run.resume_at - run.progressed_at
    assert abs(wait - timedelta(hours=12)) < timedelta(seconds=15)
    told = change_progress(run)
    assert told["message"] == words(45009, TAGGING)
    assert datetime.fromisoformat(told["resume_at"]) == run.resume_at.replace(microsecond=0)
    assert state_here(account) == state_there(sandbox)
    calls = called(sandbox, TAGGING)
    for day in (1, 2):
        at(NOON + timedelta(days=day))
        run = time_comes(run, queue)
    assert run.status == "succeeded"
    assert numbers(run) == (120, 0, 0)
    # Each day asked once too often, but for the last one.
    assert called(sandbox, TAGGING) - calls == 3
    assert state_here(account) == state_there(sandbox)


# --- the tag --------------------------------------------------------------------------------------


def test_a_tag_that_is_gone_fails_the_run_also_where_some_were_skipped(account, sandbox, mirror):
    who, vip = mirror(120)
    who.filter(pk=who[0].pk).update(blacklisted=True)
    run = change(account, who, "tag", tag=vip)
    sandbox.console.delete_tag(vip.wechat_id)
    run = drive(run)
    assert (run.status, run.error_code, numbers(run)) == ("failed", 45159, (0, 1, 119))
    assert describe(run).meaning == gettext(NO_TAG)
    assert called(sandbox, TAGGING) == IMPATIENT_TRIES


def test_a_tag_that_is_deleted_on_the_way_fails_the_rest_in_words(
    account, sandbox, tag_all, settings
):
    settings.SYNC_SLICE_SECONDS = 0
    run, _who, vip = tag_all()
    while run.done < 50:
        engine.advance(EditRun, run.pk, run.ticket)
        run.refresh_from_db()
    sandbox.console.delete_tag(vip.wechat_id)
    run = drive(run)
    assert numbers(run) == (50, 0, 70)
    assert {why for _openid, why in failures(run)} == {gettext(NO_TAG)}


# --- some of them ---------------------------------------------------------------------------------


def leaves(sandbox, people):
    sandbox.population.leave(people)


def has_twenty(sandbox, people):
    others = [sandbox.console.create_tag(f"t{number}") for number in range(20)]
    for openid in people:
        sandbox.change(openid, tags=others)


TROUBLES = {40003: leaves, 45059: has_twenty}


@pytest.mark.parametrize("code", TROUBLES)
@pytest.mark.parametrize("unlucky", [slice(67, 68), slice(50, 100)], ids=["one", "whole chunk"])
def test_whom_wechat_refuses_is_found_and_the_others_are_tagged(
    account, sandbox, tag_all, code, unlucky
):
    run, who, vip = tag_all()
    refused = sorted(openids(who))[unlucky]
    TROUBLES[code](sandbox, refused)
    run = drive(run)
    assert run.status == "succeeded"
    assert numbers(run) == (120 - len(refused), 0, len(refused))
    assert sorted(failures(run)) == [(openid, words(code)) for openid in refused]
    assert reasons(run) == {str(code): len(refused)}
    assert holders(sandbox, vip) == openids(who) - set(refused)
    assert state_here(account)[0][vip.wechat_id][1] == holders(sandbox, vip)
    # Halves, down to those few: no more calls than it takes to find them.
    assert called(sandbox, TAGGING) <= 3 + (12 if len(refused) == 1 else 98)


def test_one_of_another_account_fails_alone(account, sandbox, tag_all):
    run, who, vip = tag_all()
    other = next(one for name, one in sandbox.simulation.accounts.items() if name != account.app_id)
    (stranger,) = other.population.page_after(-1, 1).openids
    who.model.objects.filter(pk=who.order_by("openid")[67].pk).update(openid=stranger)
    run = drive(run)
    assert (run.status, numbers(run)) == ("succeeded", (119, 0, 1))
    assert failures(run) == [(stranger, words(49003))]
    assert len(holders(sandbox, vip)) == 119


def test_a_remark_that_wechat_finds_too_long_fails_in_words(account, sandbox, mirror, allow):
    """Thirty bytes are said to work, and said to be one too many."""
    allow(remark_limit=29)
    who, _tag = mirror(2)
    run = drive(change(account, who, "remark", text="金" * 10))
    assert (run.status, run.error_code, numbers(run)) == ("failed", 40092, (0, 0, 2))
    assert {why for _openid, why in failures(run)} == {words(40092)}
    assert called(sandbox, REMARKING) == 2
    assert state_here(account) == state_there(sandbox)
