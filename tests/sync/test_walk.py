"""The rules of a walk, with WeChat faked at the transport and nobody stored."""

import threading
from datetime import timedelta

import pytest
from pyroaring import BitMap64

from followers.models import EPOCH
from followers.rows.clock import db_now
from followers.runs.stage import NEXT_STEP, NextAction, Outcome
from followers.sync.state import WalkState
from followers.sync.walk import Restart, StoredPage, Walk, record_page
from followers.wechat.client import Client
from followers.wechat.errors import Fatal, Retriable

from .driver import LIST, FakeWeChat, page, stage_of

A, B, C, D = (f"o{letter * 27}" for letter in "ABCD")
EMPTY = page()
BAD_CURSOR = {"errcode": 40003, "errmsg": "invalid openid"}


class Reader:
    """The least that a stage does with a walk: it knows whom it has seen."""

    def __init__(self, stage, client):
        self.stage, self.state, self.seen = stage, WalkState(), set()
        self.walk = Walk(stage, client, Client.user_get, self.state)
        self.walk.begin(db_now())

    def step(self, *, is_last_step=True):
        answer = self.walk.fetch(is_last_step=is_last_step)
        ids = set(answer.page.openids)
        stored = (
            StoredPage(BitMap64(), BitMap64(), BitMap64(), len(ids - self.seen)) if ids else None
        )
        self.seen |= ids
        return self.walk.advance(answer, stored)


@pytest.fixture
def stage(run):
    return stage_of(run)


@pytest.fixture
def reader(account, stage, connect):
    """Walks through the pages that WeChat plays, or through its 23 followers."""
    readers = []

    def reader(*pages):
        reader.wechat = connect(FakeWeChat(23, *pages))
        reader.wechat.after = reader.after
        readers.append(Reader(stage, reader.wechat.client_for(account)))
        return readers[-1]

    reader.after = lambda path, cursor: None
    yield reader
    for one in readers:
        one.walk.close()


# --- the end ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pages", "results"),
    [
        ([page(A), page(B), EMPTY], [NEXT_STEP, NEXT_STEP, None]),
        ([page(A, B, next_openid="")], [None]),
        (
            [page(A), {"total": 1, "count": 0, "data": {"openid": []}, "next_openid": C}],
            [NEXT_STEP, None],
        ),
        ([EMPTY], [None]),
    ],
    ids=["an empty page", "no cursor", "a cursor without ids", "nobody"],
)
def test_the_end_is_no_ids_or_no_cursor(reader, pages, results):
    walker = reader(*pages)
    assert [walker.step() for _ in pages] == results


def test_a_page_moves_the_place_and_the_end_does_not(reader, stage):
    walker = reader(page(A, next_openid=C), page(B, next_openid=""))
    places = []
    for _ in range(2):
        walker.step()
        places.append(stage.cursor)
    assert places == [C, C]
    assert reader.wechat.cursors == ["", C]


# --- loops --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "pages",
    [
        [page(A), page(B, next_openid=A)],
        [page(A), page(B), page(C, next_openid=A)],
        [page(A, B), page(A, next_openid=C), page(B, next_openid=D)],
    ],
    ids=["the cursor just sent", "one seen before", "two stale pages"],
)
def test_a_loop_is_begun_again(reader, pages):
    walker = reader(*pages)
    *before, last = [walker.step() for _ in pages]
    assert before == [NEXT_STEP] * len(before)
    assert last == Restart("loop")
    assert walker.state.restarts == 1


def test_one_stale_page_between_new_faces_is_no_loop(reader):
    old = page(A, next_openid=B), page(A, next_openid=D)
    walker = reader(page(A), old[0], page(C), old[1], EMPTY)
    assert [walker.step() for _ in range(5)] == [NEXT_STEP] * 4 + [None]


def test_a_new_slice_knows_the_cursors_before_it(account, reader, stage):
    walker = reader(page(A), page(B, next_openid=A))
    answer = walker.walk.fetch(is_last_step=True)
    record_page(stage, answer, 1, StoredPage(BitMap64(), BitMap64(), BitMap64([1]), 1))
    stage.cursor = B
    walk = Walk(stage, reader.wechat.client_for(account), Client.user_get, WalkState())
    answer = walk.fetch(is_last_step=True)
    assert walk.advance(answer, StoredPage(BitMap64(), BitMap64(), BitMap64([2]), 1)) == Restart(
        "loop"
    )
    walk.close()


def test_a_walk_begun_again_knows_no_cursors(reader, stage):
    walker = reader(page(A), page(B, next_openid=A), page(A), EMPTY)
    walker.step(), walker.step()
    walker.walk.begin(db_now())
    assert (stage.walk_number, stage.phase, stage.cursor) == (2, "read", "")
    assert walker.step() == NEXT_STEP
    assert (walker.state.stale, walker.state.restarts) == (1, 1)
    assert walker.step() is None


# --- cursors that WeChat no longer knows ----------------------------------------------------------


def test_a_cursor_that_is_refused_is_begun_again(reader):
    walker = reader(page(A), BAD_CURSOR)
    assert [walker.step(), walker.step()] == [NEXT_STEP, Restart("cursor")]


def test_a_first_page_that_is_refused_is_an_error(reader):
    walker = reader(BAD_CURSOR)
    with pytest.raises(Fatal):
        walker.step()
    assert walker.state.restarts == 0


@pytest.mark.parametrize(
    ("pages", "reason"),
    [([page(A, next_openid=A)], "loop"), ([page(A), BAD_CURSOR], "cursor")],
)
def test_what_goes_wrong_a_third_time_is_given_up_for_its_reason(reader, pages, reason):
    walker = reader(*pages * 3)
    results = []
    for _ in range(3):
        # The same page with the cursor that it was asked for is met in the second step.
        *_before, result = [walker.step() for _ in range(2)]
        results.append(result)
        walker.walk.begin(db_now())
    assert results == [Restart(reason), Restart(reason), Outcome(NextAction.FAIL, reason)]


def test_loops_and_lost_cursors_count_together(reader):
    walker = reader(page(A), BAD_CURSOR)
    walker.state.restarts = 2
    assert [walker.step(), walker.step()] == [NEXT_STEP, Outcome(NextAction.FAIL, "cursor")]


# --- one page ahead -----------------------------------------------------------------------------


@pytest.fixture
def asked(reader):
    """Waits until so many pages have been answered; the threads that asked for them."""
    threads, answered = [], threading.Semaphore(0)

    def after(path, cursor):
        if path == LIST:
            threads.append(threading.current_thread())
            answered.release()

    def asked(number):
        for _ in range(number):
            assert answered.acquire(timeout=5)
        return threads

    reader.after = after
    return asked


def test_the_next_page_is_asked_for_ahead_once(reader, asked):
    walker = reader(page(A), page(B), EMPTY)
    walker.step(is_last_step=False)
    here, there = asked(2)
    assert here is threading.current_thread() is not there
    assert reader.wechat.cursors == ["", A]
    walker.step()
    assert (walker.seen, reader.wechat.cursors) == ({A, B}, ["", A])


def test_nothing_is_asked_for_ahead_of_the_last_step_or_beyond_the_end(reader, asked):
    walker = reader(page(A), page(B, next_openid=""))
    walker.step(is_last_step=True)
    walker.step(is_last_step=False)
    walker.walk.begin(db_now())
    walker.step(is_last_step=True)
    assert set(asked(3)) == {threading.current_thread()}
    assert reader.wechat.cursors == ["", A, ""]


def test_a_page_asked_for_ahead_of_a_walk_begun_again_is_dropped(reader, asked):
    walker = reader(page(A), page(B), page(C), EMPTY)
    walker.step(is_last_step=False)
    asked(2)
    walker.walk.begin(db_now())
    walker.step()
    assert (walker.seen, reader.wechat.cursors) == ({A, C}, ["", A, ""])


def test_a_token_that_was_refused_ahead_is_asked_for_again(reader):
    walker = reader()
    reader.wechat.once(reader.wechat.account.tokens.revoke_all)
    assert [walker.step(is_last_step=False), walker.step()] == [NEXT_STEP, NEXT_STEP]
    assert len(walker.seen) == 20
    first, *again = reader.wechat.cursors
    assert first == ""
    assert len(again) > 1
    assert len(set(again)) == 1


def test_other_errors_met_ahead_are_those_of_their_own_step(reader):
    walker = reader()
    # As many as one call has quick tries.
    reader.wechat.fault("-1", path=LIST, after=1, count=3)
    assert walker.step(is_last_step=False) == NEXT_STEP
    with pytest.raises(Retriable):
        walker.step()


# --- an end far short of WeChat's own count -------------------------------------------------------


@pytest.mark.parametrize(
    ("seen", "expected", "tolerance", "short"),
    [
        (900, 1000, 100, False),
        (899, 1000, 100, True),
        (19_800, 20_000, 100, False),
        (19_799, 20_000, 100, True),
        (0, 1, 0, True),
        (23, 0, 0, False),
    ],
)
def test_how_far_an_end_may_fall_short(reader, seen, expected, tolerance, short):
    walker = reader()
    result = walker.walk.check_end(seen, expected, tolerance)
    assert result == (Restart("short") if short else None)
    assert (walker.state.short, walker.state.restarts) == (int(short), 0)


def test_a_short_end_is_walked_again_once_and_then_known_to_be_short(reader):
    walker = reader()
    assert walker.walk.check_end(10, 1000, 100) == Restart("short")
    assert walker.walk.check_end(10, 1000, 100) is None
    assert walker.state.short


def test_an_end_that_fits_the_second_time_is_not_short(reader):
    walker = reader()
    walker.walk.check_end(10, 1000, 100)
    assert walker.walk.check_end(1000, 1000, 100) is None
    assert not walker.state.short


# --- a clock that was ahead -----------------------------------------------------------------------


def test_a_walk_that_has_begun_later_than_now_is_ahead(reader, stage):
    walk = reader().walk
    assert not walk.began_in_future
    walk.begin(db_now() + timedelta(minutes=3))
    assert walk.began_in_future
    walk.begin(db_now())
    assert (walk.began_in_future, stage.walk_number) == (False, 3)


def test_before_the_first_walk_nothing_is_old_enough_to_be_removed(account, stage, wechat):
    walk = Walk(stage, wechat.client_for(account), Client.user_get, WalkState())
    assert (stage.walk_number, walk.started_at, walk.began_in_future) == (0, EPOCH, False)
    walk.close()
