import time
from argparse import ArgumentParser
from datetime import UTC, datetime, timedelta

import pytest
from django.forms.models import model_to_dict
from django.utils import timezone

from followers.conditions import current
from followers.conditions.facts import Facts
from followers.history.periods import FoundBy
from followers.management import demo as demonstration
from followers.management import demo_history
from followers.management.demo_people import DURATION, Past
from followers.models import (
    Channel,
    DailyFigures,
    DayNote,
    Follower,
    OfficialAccount,
    Subscription,
    SyncPage,
    SyncRun,
    SyncSchedule,
    SyncStage,
)
from followers.sandbox import cli
from followers.sandbox.people.lives import Period
from followers.sandbox.people.profiles import QR_SCENES, ProfileGenerator
from followers.statistics.days import DayRange
from followers.statistics.knowledge import Knowledge, knowledge
from tests.history.stored import assert_figures, assert_history, periods
from tests.stack import free_ports
from tests.sync.driver import SECRET, FakeWeChat
from tests.sync.truth import FIELDS, run_of

PEOPLE = 300
PROFILE = ProfileGenerator("1", "1").generate(0)
MODELS = (
    *(OfficialAccount, Follower, Subscription, DailyFigures, SyncRun, SyncStage, SyncPage),
    *(SyncSchedule, Channel, DayNote),
)


@pytest.fixture
def first_start():
    return int(time.time())


@pytest.fixture
def shop(db, first_start):
    account = OfficialAccount.objects.create(
        name="Demo shop", app_id=demonstration.SHOP_APP_ID, app_secret=SECRET
    )
    demo_history.fill(PEOPLE, first_start)
    account.refresh_from_db()
    return account


@pytest.fixture
def served(connect, queue, first_start):
    """The account as the sandbox's server has it, which knows nothing of our rows."""
    app_id, past = demonstration.SHOP_APP_ID, {"lives": True, "lives_until": first_start}
    return connect(FakeWeChat(PEOPLE, app_id=app_id, page_size=10_000, **past))


def lists():
    return sorted(
        SyncStage.objects.filter(name="listing").values_list("walk_started_at", flat=True)
    )


def at(seconds):
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def seen_by_lists(life, walks):
    """Each period that some list saw: its beginning, the first list that saw it, its end."""
    found = []
    for period in life:
        began, ended = at(period.began), at(period.ended)
        on = [walk for walk in walks if began <= walk and (ended is None or walk < ended)]
        if on:
            without = min((walk for walk in walks if ended and walk >= ended), default=None)
            found.append((period, began, on[0], without))
    return found


def expected_rows(seen, baseline):
    """Began, source, scene, ended. A return before the next list dates the leaving before it."""
    rows = []
    for (period, began, _, ended), later in zip(seen, [*seen[1:], None], strict=True):
        if later and ended == later[2]:
            ended = later[1]
        rows.append((began, period.source, period.scene, ended))
    if len(rows) == 1 and rows[0][0] < baseline and rows[0][3] is None:
        return []
    return rows


def test_everybody_has_the_life_that_the_sandbox_tells_as_far_as_lists_see_it(shop, served):
    walks, stored = lists(), {one.openid: one for one in Follower.objects.all()}
    returned = gone = 0
    for openid, life in served.account.records.lives():
        seen = seen_by_lists(life, walks)
        follower = stored.pop(openid, None)
        assert bool(seen) is (follower is not None)
        if follower is None:
            continue
        rows = [(row.began_at, row.source, row.scene, row.ended_at) for row in periods(follower)]
        assert rows == expected_rows(seen, shop.baseline_at)
        assert_history(follower)
        assert follower.subscribed is (life[-1].ended is None)
        assert follower.first_seen_at == seen[0][2]
        assert follower.subscribe_time == seen[-1][1]
        returned, gone = returned + (len(rows) > 1), gone + (not follower.subscribed)
    assert not stored
    assert returned > 50
    assert gone > 20


def test_a_list_knows_nothing_of_what_happened_since_the_one_before(shop):
    walks = lists()
    past = Past(shop, walks)
    nine, ten = walks[9].timestamp(), walks[10].timestamp()
    between = [Period(nine + 100, nine + 7_000, "", "")]
    past.add("never seen", PROFILE, between)
    assert not past.followers
    life = [Period(nine - 100, nine + 100, "", ""), Period(nine + 7_000, ten + 5, "", "")]
    past.add("left and came back", PROFILE, life)
    assert (past.changes.added, past.changes.returned) == ({9: 1}, {})
    assert past.changes.left == {11: 1}
    missed, found = past.subscriptions
    assert (missed.ended_after, found.began_after) == (walks[9] + DURATION, None)
    assert (missed.ended_by, missed.ended_at) == (FoundBy.MISSED, at(nine + 7_000))
    assert (found.ended_by, found.ended_at) == (FoundBy.SYNC, walks[11])


def test_people_have_the_profiles_that_the_sandbox_answers(shop, served):
    rows = {one.openid: one for one in Follower.objects.filter(subscribed=True)}
    told = list(served.account.records.profiles())
    assert len(told) == len(rows) == PEOPLE
    for profile in told:
        row = rows[profile["openid"]]
        assert {name: getattr(row, name) for name in FIELDS} == {
            name: profile[name] for name in FIELDS
        }
        assert (row.qr_scene or 0) == profile["qr_scene"]
        assert row.subscribe_time.timestamp() == profile["subscribe_time"]


def test_the_demo_s_sandbox_serves_these_people(tmp_path):
    variables = {"FOLLOWERS": "30", "SANDBOX_PORT": str(free_ports(1)[0])}
    demo = demonstration.read_demo(variables, tmp_path)
    parser = ArgumentParser()
    cli.add_arguments(parser)
    ours = demo_history.simulated_account(demo.shop_followers, demo.first_start)
    with cli.start(parser.parse_args(demo.commands()["sandbox"][3:])) as sandbox:
        served = sandbox.simulation.accounts[demonstration.SHOP_APP_ID]
        assert served.app_secret == ours.app_secret
        assert list(served.records.lives()) == list(ours.records.lives())
        assert list(served.records.profiles()) == list(ours.records.profiles())


def test_the_figures_are_those_of_the_rows(shop):
    assert_figures(shop)
    assert shop.following == PEOPLE
    assert sum(DailyFigures.objects.values_list("joined", flat=True)) > PEOPLE / 2


def test_a_sync_finds_nothing_new_and_nobody_left(shop, served):
    before = {one.pk: model_to_dict(one) for one in Subscription.objects.all()}
    run = run_of(shop)
    assert run.status == "succeeded"
    found = (run.total, run.added, run.resubscribed, run.unsubscribed, run.unchanged)
    assert found == (PEOPLE, 0, 0, 0, PEOPLE)
    assert {one.pk: model_to_dict(one) for one in Subscription.objects.all()} == before
    assert served.calls["/cgi-bin/user/info/batchget"] == 0
    assert_figures(shop)


def test_every_day_is_known_but_those_of_the_nights_left_out(shop):
    today = timezone.localdate(shop.listed_at)
    days = DayRange(today - timedelta(days=demo_history.DAYS + 1), today)
    found = knowledge([shop], [days], today)
    missed = {today - timedelta(days=back) for back in demo_history.MISSED_NIGHTS}
    assert {day for day, known in found.items() if known is Knowledge.UNSYNCED} == missed
    others = [(day, known) for day, known in found.items() if known is not Knowledge.COMPLETE]
    assert [known for day, known in others if day not in missed] == [
        Knowledge.BEFORE,
        Knowledge.PARTIAL,
        Knowledge.PARTIAL,
    ]
    recent = [day for day in missed if (today - day).days <= 60]
    assert len(recent) == 2
    assert all((today - day).days > 7 for day in recent)


def test_the_runs_count_what_the_rows_tell(shop):
    runs = list(SyncRun.objects.order_by("pk"))
    assert [run.created_at for run in runs] == lists()
    assert (runs[0].added, runs[-1].total) == (runs[0].total, PEOPLE)
    assert sum(run.added for run in runs) == Follower.objects.count()
    rows = Subscription.objects.filter(ended_by="sync")
    assert sum(run.unsubscribed for run in runs) == rows.count()
    for run in runs:
        assert run.unsubscribed == rows.filter(ended_at=run.started_at).count()
        assert run.added + run.resubscribed + run.unchanged == run.fetched
    assert all(timezone.localtime(run.due_at).hour == 3 for run in runs[:-1])


def test_nothing_needs_attention(shop):
    facts = Facts(OfficialAccount.objects.all())
    found = {condition.kind for condition in current.current(facts)}
    assert found <= {current.Kind.NO_WORKER}


def test_campaigns_are_noted_and_channels_are_those_of_the_sandbox(shop):
    assert {note.text for note in DayNote.objects.all()} == set(demo_history.NOTES.values())
    scenes = set(Channel.objects.values_list("scene", flat=True))
    assert scenes == set(demo_history.CHANNELS) <= set(map(str, QR_SCENES))
    for note in DayNote.objects.all():
        joined = DailyFigures.objects.filter(day=note.day).values_list("scene", "joined")
        scene, number = max(joined, key=lambda row: row[1])
        assert demo_history.NOTES[scene] == note.text
        assert number >= 3


def test_it_is_due_at_three_in_the_morning(shop):
    schedule = SyncSchedule.objects.get()
    assert (schedule.account, schedule.every) == (shop, SyncSchedule.Every.DAY)
    assert timezone.localtime(schedule.next_at).hour == 3


def snapshot():
    return [list(model.objects.order_by("pk").values()) for model in MODELS]


def test_a_second_start_changes_nothing(shop, first_start):
    before = snapshot()
    demo_history.fill(PEOPLE, first_start)
    demo_history.fill(PEOPLE * 2, first_start)
    assert snapshot() == before


def test_a_start_that_was_killed_is_completed_by_the_next(db, monkeypatch, first_start):
    account = OfficialAccount.objects.create(
        name="Demo shop", app_id=demonstration.SHOP_APP_ID, app_secret=SECRET
    )
    for name in ("plan", "recount"):
        with monkeypatch.context() as patch:
            patch.setattr(demo_history, name, interrupt)
            with pytest.raises(KeyboardInterrupt):
                demo_history.fill(30, first_start)
        assert Follower.objects.exists() is (name == "recount")
        assert not DailyFigures.objects.exists()
    demo_history.fill(30, first_start)
    assert_figures(account)
    assert account.following == 30


def interrupt(*_arguments):
    raise KeyboardInterrupt


@pytest.mark.parametrize("zone", ["America/New_York", "Pacific/Kiritimati"])
def test_the_last_list_knows_all_of_the_past_in_any_time_zone(settings, zone):
    settings.TIME_ZONE = zone
    # Half an hour after midnight in Beijing.
    walks = demo_history.nights(1_790_008_200)
    assert walks == sorted(walks)
    assert walks[-1].timestamp() > 1_790_006_400
    assert {timezone.localtime(walk).hour for walk in walks[:-1]} == {3}


def test_some_people_follow_the_other_account_as_well(shop):
    other = FakeWeChat(PEOPLE, app_id=demonstration.APP_ID, lives=True)
    theirs = {profile["unionid"] for profile in other.account.records.profiles()}
    assert theirs & set(Follower.objects.values_list("unionid", flat=True))


def test_pages_show_it(shop, admin_client):
    run, somebody = SyncRun.objects.last(), Follower.objects.filter(subscribed=False).first()
    for page in (
        "/admin/followers/syncrun/",
        f"/admin/followers/syncrun/{run.pk}/change/",
        f"/admin/followers/officialaccount/{shop.pk}/change/",
        f"/admin/followers/follower/{somebody.pk}/change/",
    ):
        assert admin_client.get(page).status_code == 200, page
