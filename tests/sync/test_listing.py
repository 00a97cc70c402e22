"""The walk through the list: its end, its loops, and who is believed when knowledge disagrees."""

import pytest
from django.utils import translation

from followers.models import Follower, Subscription
from followers.rows import followers
from followers.rows.clock import db_now
from followers.runs.messages import describe
from followers.sync import complete_list
from followers.sync.state import ListingState
from tests.factories import follow

from .driver import FakeWeChat, begin, counts, drive, following, page, stage_of, step, sync

A, B, C = (f"o{letter * 27}" for letter in "ABC")
EMPTY = page()
BAD_CURSOR = {"errcode": 40003, "errmsg": "invalid openid"}


@pytest.fixture
def play(account, connect, queue):
    """Syncs with an account that answers with just these pages, the last one for ever."""

    def play(*pages):
        wechat = connect(FakeWeChat(0, *pages))
        return sync(account), wechat

    return play


def ids(count, letter="o"):
    return [f"{letter}{number:027d}" for number in range(count)]


# --- the end of the list ------------------------------------------------------------------------


def without(name, *openids):
    body = page(*openids)
    del body[name]
    return body


ENDS = {
    "no data": [page(A, B), EMPTY],
    "data null": [page(A, B), {"total": 2, "count": 0, "data": None, "next_openid": ""}],
    "no ids": [page(A, B), {"total": 2, "count": 0, "data": {"openid": []}, "next_openid": C}],
    "ids null": [page(A, B), {"total": 2, "count": 0, "data": {"openid": None}}],
    "only a blank id": [page(A, B), page("", next_openid="")],
    "ids and an empty cursor": [page(A, B, next_openid="")],
    "ids and no cursor": [without("next_openid", A, B)],
    "no total": [without("total", A, B), without("total")],
}


@pytest.mark.parametrize("pages", ENDS.values(), ids=ENDS)
def test_the_end_of_the_list(account, play, pages):
    run, wechat = play(*pages)
    assert (run.status, run.pages, run.added) == ("succeeded", 1, 2)
    assert following(account) == {A, B}
    assert len(wechat.cursors) == len(pages)


def test_a_short_page_is_no_end(account, play):
    run, _wechat = play(page(A), page(B), page(C), EMPTY)
    assert (run.pages, run.fetched) == (3, 3)


def test_total_is_no_end(account, play):
    run, _wechat = play(page(A, B, total=2), page(C, total=2), page(total=2))
    assert (run.status, run.fetched, run.total) == ("succeeded", 3, 2)


def test_ids_that_repeat_count_once(account, play):
    run, _wechat = play(page(A, A, B), page(B, C), EMPTY)
    assert (run.status, run.fetched, run.pages, counts(run)) == ("succeeded", 3, 2, {"added": 3})


def test_the_next_page_is_asked_for_with_the_cursor_of_this_one(account, play):
    _run, wechat = play(page(A, next_openid=C), page(B), EMPTY)
    assert wechat.cursors == ["", C, B]


def test_blank_ids_are_no_followers(account, play):
    run, _wechat = play(page("", A, "", B), EMPTY)
    assert (run.fetched, following(account)) == (2, {A, B})


# --- loops --------------------------------------------------------------------------------------

LOOPS = {
    "the cursor just sent": [page(A), page(B, next_openid=A)],
    "the first page for ever": [page(A, next_openid=A)],
    "round and round": [page(A), page(B), page(C, next_openid=A)],
}


@pytest.mark.parametrize("pages", LOOPS.values(), ids=LOOPS)
def test_a_loop_is_walked_again_twice_and_then_given_up(account, connect, queue, pages):
    wechat = connect(FakeWeChat(0, *(pages * 3)))
    run = sync(account)
    assert (run.status, run.reason) == ("failed", "loop")
    assert wechat.cursors.count("") == stage_of(run).walk_number == 3
    with translation.override("en"):
        assert "again and again" in describe(run).meaning


@pytest.mark.parametrize("pages", LOOPS.values(), ids=LOOPS)
def test_a_loop_that_passes_is_forgotten(account, play, pages):
    again = [page(A), page(B), page(C), EMPTY]
    loops = pages * (2 if len(pages) == 1 else 1)
    run, _wechat = play(*loops, *again)
    assert (run.status, run.fetched, counts(run)) == ("succeeded", 3, {"added": 3})
    assert following(account) == {A, B, C}


def test_ever_new_cursors_without_new_faces_are_a_loop(account, wechat):
    wechat.fault("endless")
    run = sync(account)
    assert (run.status, run.reason) == ("failed", "loop")
    assert len(wechat.cursors) == 9


def test_one_page_of_known_faces_is_no_loop(account, play):
    run, _wechat = play(page(A, B), page(A, B, next_openid="x"), page(C), EMPTY)
    assert (run.status, run.fetched) == ("succeeded", 3)


def test_a_loop_sweeps_nobody(account, wechat):
    sync(account)
    wechat.people.leave(2)
    wechat.fault("repeated_cursor")
    assert sync(account).status == "failed"
    assert len(following(account)) == 23


# --- a cursor that WeChat no longer knows -------------------------------------------------------


@pytest.mark.parametrize("times", [1, 2])
def test_a_lost_cursor_restarts_the_walk(account, wechat, times):
    wechat.fault("40003", count=times)
    run = sync(account)
    assert (run.status, stage_of(run).walk_number) == ("succeeded", times + 1)
    assert (run.fetched, counts(run), run.pages) == (23, {"added": 23}, 3 + times)
    assert following(account) == wechat.followers()


def test_a_cursor_lost_for_ever_ends_in_words(account, wechat):
    wechat.fault("40003")
    run = sync(account)
    assert (run.status, run.reason, run.error_code) == ("failed", "cursor", None)
    assert wechat.cursors.count("") == 3
    assert all(describe(run)[:2])


def test_40003_for_the_first_page_is_no_lost_cursor(account, play):
    run, wechat = play(BAD_CURSOR)
    assert (run.status, run.error_code, len(wechat.cursors)) == ("failed", 40003, 1)


def test_restarts_of_loops_and_cursors_count_together(account, play):
    run, _wechat = play(page(A, next_openid=B), BAD_CURSOR, page(A), page(B, next_openid=A), EMPTY)
    assert (run.status, ListingState.load(stage_of(run)).restarts) == ("succeeded", 2)


def test_counters_across_restarts(account, wechat):
    """Known ones, new ones, returned ones, each met in two walks."""
    sync(account)
    gone = wechat.people.leave(3)
    sync(account)
    wechat.people.come_back(gone[:2])
    joined = wechat.people.join(4)
    wechat.fault("40003", count=1, after=1)
    run = sync(account)
    assert stage_of(run).walk_number == 2
    assert counts(run) == {"added": 4, "resubscribed": 2, "unchanged": 20}
    assert run.fetched == 26
    assert Subscription.objects.filter(began_by="sync", ended_at=None).count() == 4 + 2
    assert following(account) == wechat.followers() > set(joined)


def test_who_joined_and_left_during_a_restarted_walk(account, wechat):
    """The first walk adds them, the second does not find them any more."""
    run = step(begin(account)[0])
    gone = list(following(account))[:3]
    wechat.people.leave(gone)
    wechat.fault("40003", count=1)
    run = drive(run)
    assert counts(run) == {"added": 23, "unsubscribed": 3}
    assert following(account) == wechat.followers()


def test_a_restarted_walk_sweeps_with_its_own_start(account, wechat):
    sync(account)
    gone = wechat.people.leave(2)
    wechat.fault("40003", count=1)
    run = sync(account)
    row = stage_of(run)
    first_page = row.page_set.filter(walk_number=1).earliest("number")
    assert row.walk_started_at > first_page.requested_at
    times = Follower.objects.filter(openid__in=gone).values_list("unsubscribed_at", flat=True)
    assert set(times) == {row.walk_started_at}


# --- short lists --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("total", "listed", "short"),
    [
        (1000, 900, False),
        (1000, 899, True),
        (50, 10, False),
        (20_000, 19_800, False),
        (20_000, 19_799, True),
    ],
)
def test_an_end_far_short_of_the_total(account, play, total, listed, short):
    run, wechat = play(page(*ids(listed), total=total, next_openid=""))
    assert len(wechat.cursors) == (2 if short else 1)
    assert run.status == ("review" if short else "succeeded")
    assert len(following(account)) == listed


def test_a_short_list_that_is_whole_the_second_time(account, play):
    everybody = ids(500)
    run, _wechat = play(
        page(*everybody[:300], total=500, next_openid=""),
        page(*everybody, total=500, next_openid=""),
    )
    assert (run.status, counts(run)) == ("succeeded", {"added": 500})


def test_a_short_list_says_so_and_keeps_additions(account, play):
    run, _wechat = play(page(*ids(300), total=500, next_openid=""))
    assert (run.status, run.reason) == ("review", "short")
    with translation.override("en"):
        assert "after 300 followers, although WeChat counts 500" in describe(run).meaning
    account.refresh_from_db()
    assert (len(following(account)), account.baseline_at) == (300, None)


# --- the newest knowledge wins ------------------------------------------------------------------


def live(openid, subscribed):
    """As an event would write it."""
    Follower.objects.filter(openid=openid).update(subscribed=subscribed, status_as_of=db_now())


def test_who_left_after_the_page_was_asked_for_is_not_brought_back(account, wechat):
    sync(account)
    someone = wechat.people.page_after(-1, 1).openids[0]
    wechat.once(lambda: live(someone, subscribed=False))
    run = sync(account)
    assert not Follower.objects.get(openid=someone).subscribed
    assert counts(run) == {"unchanged": 23}


def test_who_left_before_the_page_was_asked_for_is_brought_back(account, wechat):
    sync(account)
    someone = min(following(account))
    live(someone, subscribed=False)
    assert counts(sync(account)) == {"resubscribed": 1, "unchanged": 22}
    assert Follower.objects.get(openid=someone).subscribed


def test_who_came_back_after_the_walk_began_is_not_swept(account, wechat):
    sync(account)
    gone = wechat.people.leave(2)
    wechat.once(lambda: live(gone[0], subscribed=True))
    assert counts(sync(account)) == {"unsubscribed": 1, "unchanged": 21}
    assert Follower.objects.get(openid=gone[0]).subscribed


def test_who_came_back_between_deciding_and_sweeping_is_not_swept(account, wechat, monkeypatch):
    sync(account)
    gone = wechat.people.leave(2)
    mark_left = complete_list.mark_absent

    def late(*args):
        live(gone[0], subscribed=True)
        return mark_left(*args)

    monkeypatch.setattr(complete_list, "mark_absent", late)
    assert sync(account).unsubscribed == 1
    assert Follower.objects.get(openid=gone[0]).subscribed


def test_who_left_live_is_neither_swept_nor_counted(account, wechat):
    sync(account)
    gone = wechat.people.leave(2)
    live(gone[0], subscribed=False)
    assert sync(account).unsubscribed == 1


@pytest.mark.parametrize("subscribed", [True, False])
def test_an_event_between_finding_and_inserting(account, wechat, monkeypatch, subscribed):
    """The event's row stays as it is, and the person counts once."""
    someone = wechat.people.page_after(-1, 1).openids[0]
    find = followers.look_up

    def late(account_id, openids):
        found = find(account_id, openids)
        if not Follower.objects.exists():
            now = db_now()
            Follower.objects.create(
                account=account,
                openid=someone,
                subscribed=subscribed,
                first_seen_at=now,
                status_as_of=now,
            )
        return found

    monkeypatch.setattr(followers, "look_up", late)
    run = sync(account)
    assert (run.fetched, counts(run)) == (23, {"added": 22, "unchanged": 1})
    assert Follower.objects.count() == 23
    assert Follower.objects.get(openid=someone).subscribed is subscribed


def test_pages_are_dated_before_they_are_asked_for(account, wechat):
    seen = []
    wechat.after = lambda path, cursor: seen.append(db_now())
    run = sync(account)
    pages = stage_of(run).page_set.order_by("number")
    assert all(row.requested_at < answered for row, answered in zip(pages, seen[1:], strict=False))
    assert stage_of(run).walk_started_at == pages[0].requested_at


@pytest.fixture
def looked_up(monkeypatch, settings):
    """Numbers of people that were asked for; all pages are read in one slice, which keeps more."""
    settings.SYNC_SLICE_SECONDS = 60
    asked, find = [], followers.look_up

    def look_up(account_id, openids):
        asked.append(len(openids))
        return find(account_id, openids)

    monkeypatch.setattr(followers, "look_up", look_up)
    return asked


def test_after_a_page_of_new_people_nobody_is_looked_up(account, play, looked_up):
    run, _wechat = play(page(*ids(3)), page(*ids(3, "p")), page(*ids(2, "q")), EMPTY)
    assert (run.added, looked_up) == (8, [3])


@pytest.mark.parametrize("subscribed", [True, False])
def test_a_known_person_on_a_page_after_new_people(account, play, looked_up, subscribed):
    """Of the second page one is known, of the third two."""
    first, second, third, fourth = ids(3), ids(3, "p"), ids(3, "q"), ids(3, "r")
    for openid in (second[1], *third[:2]):
        follow(account, openid, subscribed=subscribed)
    run, _wechat = play(*(page(*them) for them in (first, second, third, fourth)), EMPTY)
    kind = "unchanged" if subscribed else "resubscribed"
    assert (run.fetched, counts(run)) == (12, {"added": 9, kind: 3})
    assert looked_up == [3, 3, 3, 3]
    pages = stage_of(run).page_set.order_by("number")
    assert [(it.ids, it.added) for it in pages] == [(3, 3), (3, 2), (3, 1), (3, 3)]
    assert following(account) == {*first, *second, *third, *fourth}
    assert Follower.objects.count() == 12


def test_a_list_that_is_walked_again_is_looked_up(account, play, looked_up):
    """Nobody is new in the second walk, whatever the first has found."""
    pages = [page(*ids(3)), page(*ids(3, "p")), {**page(), "total": 1_000}]
    run, _wechat = play(*pages, *pages[:2], EMPTY)
    assert (stage_of(run).walk_number, run.added, looked_up) == (2, 6, [3, 3, 3])
