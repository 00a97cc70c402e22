"""Who may write: every late, doubled, frozen or resurrected worker changes nothing."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils.module_loading import import_string

from followers.models import EPOCH, Follower, SyncRun
from followers.rows.clock import db_now
from followers.runs import engine, lease, worker_groups
from followers.runs.messages import describe
from followers.sync import syncs

from .driver import begin, drive, following, stage_of, step, stored, sync


def change(run, **values):
    SyncRun.objects.filter(pk=run.pk).update(**values)
    run.refresh_from_db()


def lease_runs_out(run):
    change(run, lease_until=EPOCH)


# --- claims -------------------------------------------------------------------------------------


def test_a_claim_says_who_has_it_and_until_when(run, settings, monkeypatch):
    monkeypatch.setenv(lease.OWNER_VARIABLE, "host/12")
    claim = lease.claim(SyncRun, run.pk, 0)
    assert (claim.run.status, claim.run.lease_owner, claim.run.tries) == ("running", "host/12", 1)
    left = claim.run.lease_until - db_now()
    assert timedelta(seconds=55) < left <= timedelta(seconds=settings.SYNC_LEASE_SECONDS)


def test_a_process_without_a_group_names_itself(monkeypatch):
    monkeypatch.delenv(lease.OWNER_VARIABLE, raising=False)
    assert lease.current_owner().endswith(f":{lease.os.getpid()}")


def test_only_one_has_a_run(run):
    assert lease.claim(SyncRun, run.pk, 0)
    assert lease.claim(SyncRun, run.pk, 0) is None


def test_a_claim_needs_the_present_ticket(run):
    step(run)
    assert run.ticket == 1
    assert lease.claim(SyncRun, run.pk, 0) is None
    assert lease.claim(SyncRun, run.pk, 2) is None
    assert lease.claim(SyncRun, run.pk, 1)


def test_a_lease_that_ran_out_is_taken_over(run):
    lease.claim(SyncRun, run.pk, 0)
    lease_runs_out(run)
    assert lease.claim(SyncRun, run.pk, 0).run.tries == 2


@pytest.mark.parametrize("status", ["review", "succeeded", "failed", "cancelled"])
def test_what_has_ended_cannot_be_claimed(run, status):
    change(run, status=status)
    assert lease.claim(SyncRun, run.pk, 0) is None


def test_a_waiting_run_is_claimed_when_its_time_has_come(run):
    change(run, status="waiting", resume_at=db_now() + timedelta(minutes=1))
    assert lease.claim(SyncRun, run.pk, 0) is None
    change(run, resume_at=db_now() - timedelta(minutes=1))
    claim = lease.claim(SyncRun, run.pk, 0)
    assert (claim.run.status, claim.run.resume_at) == ("running", None)


def test_what_changed_between_reading_and_taking_is_not_taken(run, monkeypatch):
    """Another worker claims and frees the run after this one has read the row."""

    def meanwhile():
        monkeypatch.undo()
        lease.claim(SyncRun, run.pk, 0)
        lease_runs_out(run)
        return "me"

    monkeypatch.setattr(lease, "current_owner", meanwhile)
    assert lease.claim(SyncRun, run.pk, 0) is None


def test_a_commit_proves_life(run, settings):
    claim = lease.claim(SyncRun, run.pk, 0)
    change(run, tries=3, redeliveries=4, consecutive_failures=2, lease_until=EPOCH)
    with claim.commit():
        pass
    run.refresh_from_db()
    assert (run.tries, run.redeliveries, run.consecutive_failures) == (0, 0, 0)
    assert run.lease_until > db_now() + timedelta(seconds=settings.SYNC_LEASE_SECONDS - 5)
    assert run.progressed_at is not None


def test_a_claim_commits_again_and_again(run):
    claim = lease.claim(SyncRun, run.pk, 0)
    for _ in range(3):
        with claim.commit():
            pass
    assert claim.version == 4


# --- double deliveries --------------------------------------------------------------------------


def test_a_task_delivered_twice_works_once(run, wechat):
    engine.advance(SyncRun, run.pk, 0)
    engine.advance(SyncRun, run.pk, 0)
    run.refresh_from_db()
    assert (run.pages, run.ticket, wechat.cursors) == (1, 1, [""])


def test_every_task_of_a_run_delivered_again_and_again(run, wechat):
    for ticket in range(20):
        for late in range(ticket + 1):
            engine.advance(SyncRun, run.pk, late)
    run.refresh_from_db()
    assert (run.status, run.pages, len(wechat.cursors)) == ("succeeded", 3, 4)


def test_a_second_worker_leaves_a_held_run_alone(run, wechat):
    wechat.once(lambda: engine.advance(SyncRun, run.pk, run.ticket))
    step(run)
    assert (run.pages, wechat.cursors) == (1, [""])


def test_a_late_task_of_a_cancelled_run(account, run, wechat):
    step(run)
    engine.cancel(run)
    new, _created = begin(account)
    for ticket in range(3):
        engine.advance(SyncRun, run.pk, ticket)
    assert len(wechat.cursors) == 1
    assert drive(new).status == "succeeded"
    run.refresh_from_db()
    assert (run.status, run.pages) == ("cancelled", 1)


# --- frozen between fetch and commit ------------------------------------------------------------


def takes_over(run, slices=1):
    lease_runs_out(run)
    step(run, slices)


def starts_anew(run):
    engine.cancel(run)
    drive(begin(run.account)[0])


def walks_again(run):
    """Until the walk has been restarted: cursor and phase are those of the frozen slice again."""
    lease_runs_out(run)
    number = stage_of(run).walk_number or 1
    while stage_of(run).walk_number == number or not stage_of(run).walk_number:
        step(run)
    assert (stage_of(run).phase, stage_of(run).cursor) == ("read", "")


OVERTAKERS = {
    "another stored this page": takes_over,
    "another stored all pages": lambda run: takes_over(run, 3),
    "another ended the run": lambda run: (lease_runs_out(run), drive(run)),
    "cancelled": engine.cancel,
    "cancelled and started anew": starts_anew,
    "claimed by another, who is frozen too": lambda run: (
        lease_runs_out(run),
        lease.claim(SyncRun, run.pk, 0),
    ),
    "taken back from a dead group": lambda run: worker_groups.release_runs(lease.current_owner()),
}


@pytest.mark.parametrize("overtake", OVERTAKERS.values(), ids=OVERTAKERS)
@pytest.mark.parametrize("known", [False, True], ids=["first sync", "second sync"])
def test_a_slice_that_was_overtaken_changes_nothing(account, wechat, overtake, known):
    """Its answer is older than what the overtaker wrote: people left and joined in between."""
    if known:
        sync(account)
        wechat.people.leave(3)
        wechat.people.join(2)
    run, _created = begin(account)
    after = []

    def meanwhile():
        wechat.people.leave(2)
        wechat.people.join(2)
        overtake(run)
        after.append(stored())

    wechat.once(meanwhile)
    engine.advance(SyncRun, run.pk, 0)
    assert after == [stored()]


@pytest.mark.parametrize("restarts", [0, 1])
def test_a_slice_overtaken_by_a_restarted_walk_changes_nothing(account, run, wechat, restarts):
    if restarts:
        wechat.fault("40003", count=1)
        step(run, 2)
    after = []

    def meanwhile():
        wechat.people.leave(2)
        wechat.people.join(2)
        wechat.fault("40003", count=1)
        walks_again(run)
        after.append(stored())

    wechat.once(meanwhile)
    engine.advance(SyncRun, run.pk, run.ticket)
    assert after == [stored()]
    assert stage_of(run).walk_number == restarts + 2
    assert drive(run).status == "succeeded"
    assert following(account) == wechat.followers()


def test_a_frozen_sweep_marks_nobody(account, wechat):
    """Overtaken between deciding and sweeping; those who had left are back by then."""
    sync(account)
    left = wechat.people.leave(4)
    run, _created = begin(account)
    while stage_of(run).phase != "sweep":
        step(run)
    claim_of_the_frozen = lease.claim(SyncRun, run.pk, run.ticket)
    row = stage_of(run)
    row.run = claim_of_the_frozen.run
    stage = syncs.STAGES["listing"](row, wechat.client_for(account))
    fetched = stage.fetch(is_last_step=True)
    engine.cancel(run)
    wechat.people.come_back(left)
    sync(account)
    before = stored()
    with pytest.raises(lease.StaleClaimError), claim_of_the_frozen.commit():
        stage.store(fetched)
    stage.close()
    assert stored() == before
    assert following(account) == wechat.followers()


def test_an_error_of_a_slice_that_was_overtaken_is_not_believed(run, wechat):
    after = []

    def meanwhile():
        wechat.clear()
        takes_over(run)
        after.append(stored())

    wechat.fault("48001")
    wechat.once(meanwhile)
    engine.advance(SyncRun, run.pk, 0)
    assert after == [stored()]
    run.refresh_from_db()
    assert (run.status, run.pages) == ("running", 1)


def test_a_lease_that_ran_out_but_nobody_took_may_still_commit(run, wechat):
    wechat.once(lambda: lease_runs_out(run))
    step(run)
    assert (run.pages, run.ticket) == (1, 1)


def test_a_claim_that_was_lost_stops_the_slice(run, wechat, settings):
    settings.SYNC_SLICE_SECONDS = 60
    wechat.once(lambda: engine.cancel(run))
    step(run)
    assert not Follower.objects.exists()
    # The next page may have been asked for ahead, but nothing after it.
    assert len(wechat.cursors) <= 2


# --- poison -------------------------------------------------------------------------------------


def test_five_tries_without_a_commit_are_enough(run):
    for _ in range(lease.MAX_TRIES):
        assert lease.claim(SyncRun, run.pk, 0)
        lease_runs_out(run)
    assert lease.claim(SyncRun, run.pk, 0) is None
    run.refresh_from_db()
    assert (run.status, run.reason, run.tries) == ("failed", "poison", 5)
    assert run.finished_at is not None
    assert all(describe(run)[:2])


def test_a_poisoned_run_frees_its_account(account, run):
    change(run, tries=lease.MAX_TRIES)
    lease.claim(SyncRun, run.pk, 0)
    assert begin(account)[1]


def test_a_poisoned_run_keeps_no_bitmaps(run):
    step(run)
    change(run, tries=lease.MAX_TRIES)
    step(run)
    assert run.status == "failed"
    columns = ("new_rows", "returned_rows", "unchanged_rows")
    assert not any(map(bytes, stage_of(run).page_set.values_list(*columns).get()))


def test_a_page_resets_the_tries(run):
    change(run, tries=4)
    step(run)
    assert (run.status, run.tries) == ("running", 0)


def test_a_held_run_is_not_poisoned_by_impatience(run):
    for _ in range(lease.MAX_TRIES):
        lease.claim(SyncRun, run.pk, 0)
    run.refresh_from_db()
    assert (run.status, run.tries) == ("running", 1)


# --- at once ------------------------------------------------------------------------------------


def in_threads(count, act):
    """`act` in so many threads at once; raises what any of them raised."""
    barrier, errors = threading.Barrier(count), []

    def work():
        try:
            barrier.wait()
            act()
        except BaseException as error:  # noqa: BLE001 (handed to the test)
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []


def test_two_clicks_at_once_are_one_run(transactional_db, account, wechat, queue):
    results = []
    in_threads(4, lambda: results.append(begin(account)))
    assert SyncRun.objects.count() == 1
    assert sorted(created for _run, created in results) == [False, False, False, True]
    assert queue.sent == [(results[0][0].pk, 0)]


def test_two_workers_at_once_share_a_run(transactional_db, account, wechat, queue):
    run, _created = begin(account)

    def work():
        mine = SyncRun.objects.get(pk=run.pk)
        while mine.is_active:
            engine.advance(SyncRun, mine.pk, mine.ticket)
            mine.refresh_from_db()

    in_threads(3, work)
    run.refresh_from_db()
    assert (run.status, run.pages, run.added) == ("succeeded", 3, 23)
    assert len(wechat.cursors) == len(set(wechat.cursors)) == 4
    assert following(account) == wechat.followers()


def test_the_queue_finds_the_task_by_its_name():
    assert callable(import_string(lease.TASK))
