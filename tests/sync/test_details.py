"""The stage `details`: whose profiles are asked for, how many calls that takes, what is kept."""

import json
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from followers.accounts import usage
from followers.models import EPOCH, ApiUsage, Follower, Subscription, SyncRun
from followers.rows import followers
from followers.rows.clock import db_now
from followers.runs import engine
from followers.runs.messages import describe
from followers.sync import syncs
from followers.sync.state import DetailsState

from .driver import FakeWeChat, drive, step
from .test_rows import forbid_follower_writes
from .truth import (
    BATCHGET,
    USER_INFO,
    details_here,
    details_there,
    notes,
    run_of,
    stage,
    start,
)


@pytest.fixture
def wechat(account, connect, queue, settings):
    """130 followers who are known, in batches of 10, three calls at once."""
    settings.DETAILS_BATCH, settings.DETAILS_CALLS_AT_ONCE = 10, 3
    settings.SYNC_SLICE_SECONDS = 60
    wechat = connect(FakeWeChat(130, page_size=100, tags=2))
    run_of(account, "listing", "tags", "blacklist")
    wechat.calls.clear()
    return wechat


@pytest.fixture
def synced(account, wechat):
    run_of(account, "details")
    wechat.calls.clear()
    return wechat


def detailed():
    return Follower.objects.exclude(details_synced_at=None)


def one(openid):
    return Follower.objects.get(openid=openid)


# --- whom ---------------------------------------------------------------------------------------


def test_new_followers_take_one_call_for_each_batch(account, wechat):
    run = run_of(account, "details")
    row = stage(run, "details")
    assert (run.status, run.outstanding, row.done, row.total) == ("succeeded", 0, 130, 130)
    assert wechat.calls[BATCHGET] == 13
    assert details_here(account) == details_there(wechat)


def test_an_unchanged_sync_asks_nobody_and_writes_no_follower(account, synced):
    forbid_follower_writes()
    run = run_of(account)
    assert (run.status, run.unchanged, notes(run)) == ("succeeded", 130, {})
    assert (synced.calls[BATCHGET], synced.calls[USER_INFO]) == (0, 0)


def test_an_unchanged_sync_writes_no_membership(account, synced):
    with CaptureQueriesContext(connection) as captured:
        run_of(account)
    written = [sql["sql"] for sql in captured if "followers_followertag" in sql["sql"]]
    assert written
    assert not [sql for sql in written if not sql.strip().startswith("SELECT")]


def test_stale_details_are_asked_for_again(account, synced, settings):
    old = db_now() - timedelta(days=settings.DETAILS_MAX_AGE_DAYS, minutes=1)
    some = list(Follower.objects.values_list("pk", flat=True)[:15])
    Follower.objects.filter(pk__in=some).update(details_synced_at=old)
    assert stage(run_of(account, "details"), "details").total == 15
    assert not Follower.objects.filter(details_synced_at=old).exists()


def test_who_returned_is_asked_for_again(account, synced):
    gone = synced.people.leave(8)
    run_of(account, "listing")
    synced.people.come_back(gone)
    run_of(account, "listing")
    assert stage(run_of(account, "details"), "details").total == 8
    assert details_here(account) == details_there(synced)


def test_all_on_request(account, synced):
    synced.account.console.shuffle(80, 3)
    assert stage(run_of(account, "details", refresh_details=True), "details").done == 130
    assert details_here(account) == details_there(synced)


def test_newest_followers_first(account, wechat, settings):
    settings.SYNC_SLICE_SECONDS = 0
    step(start(account, "details"))
    newest = set(Follower.objects.order_by("-pk").values_list("pk", flat=True)[:30])
    assert set(detailed().values_list("pk", flat=True)) == newest


# --- the day's budget ---------------------------------------------------------------------------


@pytest.fixture
def limit(account, wechat, settings):
    """So many calls of batchget may be made today."""

    def limit(calls):
        settings.DETAILS_QUOTA_SHARE = 0.5
        ApiUsage.objects.filter(path=BATCHGET).delete()
        today = usage.beijing_today()
        ApiUsage.objects.create(account=account, path=BATCHGET, day=today, daily_limit=2 * calls)

    return limit


@pytest.mark.parametrize("slices", [0, 60])
@pytest.mark.parametrize("calls", [1, 3, 4, 5, 7, 12])
def test_the_budget_is_kept_and_the_next_day_goes_on(
    account, wechat, limit, settings, calls, slices
):
    settings.SYNC_SLICE_SECONDS = slices
    limit(calls)
    run = run_of(account, "details")
    assert (run.status, run.outstanding) == ("succeeded", 130 - 10 * calls)
    assert wechat.calls[BATCHGET] == calls
    ApiUsage.objects.update(day=usage.beijing_today() - timedelta(days=1), daily_limit=26)
    run = run_of(account, "details")
    assert (run.status, run.outstanding, wechat.calls[BATCHGET]) == ("succeeded", 0, 13)


def test_nothing_left_today(account, wechat, limit, settings):
    limit(2)
    run_of(account, "details")
    run = run_of(account, "details")
    assert (run.status, run.outstanding, wechat.calls[BATCHGET]) == ("succeeded", 110, 2)


def test_wechats_own_limit_leaves_the_rest_to_another_day(account, wechat):
    wechat.fault("45009", path=BATCHGET, after=5)
    run = run_of(account, "details")
    row = stage(run, "details")
    assert (run.status, row.error_code) == ("succeeded", 45009)
    assert run.outstanding == 130 - detailed().count()
    # Five calls were granted; those behind one that was refused are asked for again.
    assert detailed().count() in range(0, 60, 10)
    assert describe(row).meaning
    wechat.clear()
    assert run_of(account, "details").outstanding == 0
    assert details_here(account) == details_there(wechat)


# --- faults -------------------------------------------------------------------------------------


def test_without_permission_the_sync_succeeds(account, wechat):
    wechat.fault("48001", path=BATCHGET)
    run = run_of(account, "details")
    row = stage(run, "details")
    assert (run.status, run.outstanding, row.error_code) == ("succeeded", 0, 48001)
    assert not detailed().exists()


@pytest.mark.parametrize("fault", ["-1", "http_500", "not_json", "profiles_missing"])
def test_trouble_waits_and_keeps_what_was_answered(account, wechat, fault):
    wechat.fault(fault, path=BATCHGET, after=6)
    run = run_of(account, "details")
    assert run.status == "waiting"
    done = set(detailed().values_list("openid", flat=True))
    assert len(done) in (30, 40, 50, 60)
    wechat.clear()
    asked = []
    wechat.distort = lambda path, body, reply: asked.append(body.decode()) or reply
    engine.retry(run)
    assert drive(run).status == "succeeded"
    assert not any(openid in body for openid in done for body in asked)
    assert details_here(account) == details_there(wechat)


@pytest.mark.parametrize("fault", ["-1", "http_500", "40001", "short", "misaligned", "shuffled"])
def test_trouble_that_passes(account, wechat, fault):
    wechat.fault(fault, count=1, path=BATCHGET, after=2)
    assert run_of(account, "details").status == "succeeded"
    assert details_here(account) == details_there(wechat)


@pytest.mark.parametrize(
    ("fault", "status"), [("48001", "succeeded"), ("45009", "succeeded"), ("-1", "waiting")]
)
def test_faults_of_asking_about_one_person(account, wechat, fault, status):
    """Only a batch with a bad id comes to that."""
    followers.insert(account.pk, ["o" + "x" * 27], db_now())
    wechat.fault(fault, path=USER_INFO)
    run = run_of(account, "details")
    assert run.status == status
    wechat.clear()
    run = drive(run) if engine.retry(run) else run_of(account, "details")
    assert (run.status, run.outstanding) == ("succeeded", 0)
    here = details_here(account)
    del here["o" + "x" * 27]
    assert here == details_there(wechat)


def test_misaligned_answers_on_a_first_sync_and_later(account, wechat):
    wechat.fault("misaligned")
    run_of(account, "details")
    assert details_here(account) == details_there(wechat)
    wechat.clear()
    wechat.fault("misaligned", around=1)
    run_of(account, "details", refresh_details=True)
    assert details_here(account) == details_there(wechat)


def test_a_bad_id_is_remembered(account, wechat):
    followers.insert(account.pk, ["o" + "x" * 27], db_now())
    run = run_of(account, "details")
    assert (run.status, run.outstanding) == ("succeeded", 0)
    assert DetailsState.load(stage(run, "details")).bad == ["o" + "x" * 27]
    wechat.calls.clear()
    run_of(account, "details")
    assert (wechat.calls[BATCHGET], wechat.calls[USER_INFO]) == (0, 0)


# --- interruptions ------------------------------------------------------------------------------


def test_frozen_between_answer_and_commit(account, wechat, settings, monkeypatch):
    """Overtaken by another, it changes nothing; one step at most is asked twice."""
    settings.SYNC_SLICE_SECONDS = 0
    run = step(start(account, "details"))
    before, calls = detailed().count(), wechat.calls[BATCHGET]
    fetch = syncs.DetailsStage.fetch

    def frozen(self, *, is_last_step):
        monkeypatch.undo()
        settings.SYNC_SLICE_SECONDS = 0
        monkeypatch.setattr(engine, "client_for", wechat.client_for)
        answers = fetch(self, is_last_step=is_last_step)
        SyncRun.objects.filter(pk=run.pk).update(version=99, lease_until=EPOCH)
        return answers

    monkeypatch.setattr(syncs.DetailsStage, "fetch", frozen)
    step(run)
    assert detailed().count() == before
    assert drive(run).status == "succeeded"
    assert details_here(account) == details_there(wechat)
    assert wechat.calls[BATCHGET] == calls + 10 + 3


# --- what is kept -------------------------------------------------------------------------------


@pytest.fixture
def person(account, synced, settings):
    """Changes one follower at WeChat, syncs all details, and gives the row."""
    openid = min(synced.followers())

    def person(before=None, **said):
        Follower.objects.filter(openid=openid).update(**before or {})

        def distort(path, _body, reply):
            if path not in (BATCHGET, USER_INFO):
                return reply
            for profile in reply.profiles or [reply.payload]:
                if profile["openid"] == openid:
                    profile.update(said)
            reply.raw = json.dumps(reply.payload).encode()
            return reply

        synced.distort = distort
        assert run_of(account, "details", refresh_details=True).status == "succeeded"
        return one(openid)

    return person


def test_blanks_overwrite_nothing(person):
    before = {
        "language": "en",
        "subscribe_scene": "ADD_SCENE_QR_CODE",
        "qr_scene": 1043,
        "qr_scene_str": "shop",
        "unionid": "o6_kept",
    }
    row = person(before, language="", subscribe_scene="", qr_scene=0, qr_scene_str="", unionid="")
    assert {name: getattr(row, name) for name in before} == before


def test_the_qr_scene_goes_with_its_scene(person):
    before = {"subscribe_scene": "ADD_SCENE_QR_CODE", "qr_scene": 1043, "qr_scene_str": "shop"}
    row = person(before, subscribe_scene="ADD_SCENE_SEARCH", qr_scene=0, qr_scene_str="")
    assert (row.subscribe_scene, row.qr_scene, row.qr_scene_str) == ("ADD_SCENE_SEARCH", None, "")


def test_a_cleared_remark_is_cleared_and_an_untold_one_is_kept(person):
    assert person({"remark": "王女士"}, remark=None).remark == "王女士"
    assert person({"remark": "王女士"}, remark="").remark == ""


def test_legacy_fields_are_kept_one_by_one(person):
    known = {"nickname": "小明", "city": "上海"}
    assert person({"legacy": known}, nickname="", city="", sex=0).legacy == known
    assert person({"legacy": known}, city="北京", sex=1).legacy == {
        "nickname": "小明",
        "city": "北京",
        "sex": 1,
    }


HOSTILE = [
    "\x00\x07a\x1fb\x7f",
    "\ud800x\udfff",
    "👩‍👩‍👧‍👦" * 60,
    "备" * 300,
    "\u202e'\";--",
    "\\u0000 %s {}",
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_texts_are_cleaned_and_cut(person, text):
    row = person(remark=text, subscribe_scene=text, qr_scene_str=text, language=text, nickname=text)
    clean = text.encode(errors="ignore").decode()
    clean = "".join(char for char in clean if ord(char) >= 0x20 and char != "\x7f")
    assert (row.remark, row.subscribe_scene) == (clean[:255], clean[:64])
    assert (row.qr_scene_str, row.language) == (clean[:64], clean[:16])
    assert row.legacy["nickname"] == clean.strip()


@pytest.mark.parametrize("scene", [2**63, 10**30])
def test_a_number_too_large_is_no_scene(person, scene):
    assert person(subscribe_scene="ADD_SCENE_QR_CODE", qr_scene=scene).qr_scene is None


def test_who_has_left_is_marked_with_their_history(account, synced):
    gone = synced.people.leave(5)
    run = run_of(account, "details", refresh_details=True)
    assert run.unsubscribed == 5
    rows = Follower.objects.filter(openid__in=gone, subscribed=False)
    ended = Subscription.objects.filter(follower__in=rows, ended_confirmed=True)
    assert (rows.count(), ended.count()) == (5, 5)
    assert run_of(account, "listing").unsubscribed == 0
