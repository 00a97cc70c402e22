import hashlib
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict
from itertools import pairwise
from typing import Any

import pytest

from followers.sandbox import Sandbox
from followers.sandbox.api.account import Account
from followers.sandbox.options import Options
from followers.sandbox.people.lives import LifeGenerator, Period
from followers.sandbox.people.population import LEFT
from followers.sandbox.people.profiles import QR_CODE

from ..caller import Caller, ids
from ..conftest import Clock, Start

DAY = 86_400
NewAccount = Callable[..., Account]
Lives = dict[str, list[Period]]


@pytest.fixture
def new_account(clock: Clock) -> NewAccount:
    def new(followers: int = 100, seed: str = "1", **options: Any) -> Account:
        return Account(followers=followers, seed=seed, options=Options(**options), clock=clock)

    return new


@pytest.fixture(scope="module")
def many() -> Lives:
    """The lives of 5,000 followers and of those who have left."""
    account = Account(followers=5000, options=Options(lives=True), clock=Clock())
    return dict(account.records.lives())


def first_follower(account: Account) -> str:
    return account.population.page_after(-1, 1).openids[0]


def last_change(account: Account, openid: str) -> tuple[float, float | None]:
    period = account.records.periods(openid)[-1]
    return period.began, period.ended


def is_in_order(periods: list[Period]) -> bool:
    times = [time for one in periods for time in (one.began, one.ended) if time is not None]
    ends = [one.ended for one in periods]
    return None not in ends[:-1] and times == sorted(times) and len(times) > 0


def agrees(profile: dict[str, Any], period: Period) -> bool:
    scene = str(profile["qr_scene"]) if profile["qr_scene"] else profile["qr_scene_str"]
    shown = (profile["subscribe_time"], profile["subscribe_scene"], scene)
    return period.ended is None and shown == (int(period.began), period.source, period.scene)


# Without `lives`


def test_without_lives_people_are_as_they_always_were(new_account: NewAccount, clock: Clock):
    """The digest was made before there were lives; other tests have stored what it stands for."""
    account = new_account(503)
    seen: list[Any] = [list(account.records.profiles())]
    clock.forward(3600.5)
    people = account.population
    seen += [people.leave(30), people.join(20), people.come_back(9), people.leave(5)]
    seen += [list(account.records.profiles()), sorted(account.records.blacklist())]
    digest = hashlib.sha256(json.dumps(seen).encode()).hexdigest()
    assert digest[:16] == "127b3d5eb3bbce15"


def test_without_lives_followers_have_one_period(new_account: NewAccount):
    account = new_account(hostile=True)
    lives = dict(account.records.lives())
    assert len(lives) == 100
    for profile in account.records.profiles():
        assert agrees(profile, *lives[profile["openid"]])


def test_without_lives_nobody_has_left(new_account: NewAccount):
    assert not any(new_account().population.openid_blocks(LEFT))


def test_without_lives_one_who_returns_has_the_old_source(new_account: NewAccount, clock: Clock):
    account = new_account()
    who = first_follower(account)
    before = account.records.profile(account.records.slot_of(who))
    account.population.leave([who])
    account.population.come_back([who])
    first, second = account.records.periods(who)
    assert (first.source, first.scene) == (second.source, second.scene)
    after = account.records.profile(account.records.slot_of(who))
    assert after == before | {"subscribe_time": int(clock.now)}


def test_a_new_period_has_the_source_that_the_profile_has_by_then(new_account: NewAccount):
    account = new_account()
    who = first_follower(account)
    account.console.change(who, subscribe_scene="ADD_SCENE_OTHERS", qr_scene=0, qr_scene_str="店")
    account.population.leave([who])
    account.population.come_back([who])
    last = account.records.periods(who)[-1]
    assert (last.source, last.scene) == ("ADD_SCENE_OTHERS", "店")


# The record


@pytest.mark.parametrize("lives", [False, True])
def test_leaving_and_returning_are_recorded_to_the_fraction(
    new_account: NewAccount, clock: Clock, lives: bool
):
    account = new_account(lives=lives)
    who = first_follower(account)
    before = account.records.periods(who)
    clock.forward(3600.25)
    account.population.leave([who])
    left_at = clock.now
    clock.forward(0.5)
    account.population.come_back([who])
    *earlier, ended, last = account.records.periods(who)
    assert earlier == before[:-1]
    assert asdict(ended) == asdict(before[-1]) | {"ended": left_at}
    assert (last.began, last.ended) == (left_at + 0.5, None)
    assert agrees(account.records.profile(account.records.slot_of(who)), last)


@pytest.mark.parametrize("lives", [False, True])
def test_one_who_joins_leaves_and_returns(new_account: NewAccount, clock: Clock, lives: bool):
    account = new_account(lives=lives)
    times = []
    (who,) = account.population.join(1)
    for move in (account.population.leave, account.population.come_back, account.population.leave):
        times.append(clock.now)
        clock.forward(100.5)
        assert move([who]) == [who]
    times.append(clock.now)
    periods = account.records.periods(who)
    assert [(one.began, one.ended) for one in periods] == [tuple(times[:2]), tuple(times[2:])]


def test_people_who_move_by_themselves_are_recorded(new_account: NewAccount, clock: Clock):
    account = new_account(1000, churn=60, lives=True)
    clock.forward(100)
    account.population.apply_due_events()
    lives = dict(account.records.lives())
    starts = sum(one.began == clock.now for periods in lives.values() for one in periods)
    ends = sum(one.ended == clock.now for periods in lives.values() for one in periods)
    events = account.population.events
    assert (starts, ends) == (events["joined"] + events["returned"], events["left"])
    assert ends > 20
    following = {who for who, periods in lives.items() if periods[-1].ended is None}
    assert following == {who for block in account.population.openid_blocks() for who in block}


def test_one_who_never_followed_has_no_life(new_account: NewAccount):
    account = new_account()
    stranger = account.population.openid_codec.encode(3)
    assert stranger not in dict(account.records.lives())
    with pytest.raises(ValueError, match="never followed"):
        account.records.periods(stranger)


def test_an_answer_is_not_changed_by_what_comes_later(new_account: NewAccount):
    account = new_account()
    who = first_follower(account)
    account.population.leave([who])
    before = account.records.periods(who)
    account.population.come_back([who])
    assert len(before) == 1
    before.clear()
    assert len(account.records.periods(who)) == 2


@pytest.mark.parametrize("lives", [False, True])
def test_a_reset_brings_the_first_lives_back(new_account: NewAccount, clock: Clock, lives: bool):
    account = new_account(lives=lives)
    before = dict(account.records.lives())
    account.population.leave(10)
    account.population.join(10)
    clock.forward(40 * DAY)
    account.reset()
    assert dict(account.records.lives()) == before


@pytest.mark.parametrize("lives", [False, True])
def test_only_people_with_events_are_stored(new_account: NewAccount, lives: bool):
    account = new_account(20_000, lives=lives)
    account.population.leave(20)
    everybody = 22_500 if lives else 20_000
    for _ in range(2):
        assert sum(1 for _ in account.records.lives()) == everybody
        assert sum(1 for _ in account.records.profiles()) == 19_980
    assert len(account.records._events) == 20
    assert not account.records._changed


# With `lives`


@pytest.mark.parametrize("followers", [0, 1, 3, 4, 5, 7, 8, 23, 999])
def test_exactly_so_many_follow(start: Start, followers: int):
    wechat = start(followers=followers, lives=True, page_size=1000)
    listed = ids(wechat.walk())
    assert len(set(listed)) == len(listed) == followers
    assert wechat.sandbox.state["followers"] == followers
    # One follower in eight is matched by one who has left, as far as eight make a group.
    assert followers // 8 <= len(wechat.sandbox.former_followers()) <= followers // 8 + 1


def test_a_profile_says_what_the_last_period_says(new_account: NewAccount):
    account = new_account(800, lives=True)
    lives = dict(account.records.lives())
    profiles = list(account.records.profiles())
    assert len(profiles) == 800
    assert all(agrees(one, lives[one["openid"]][-1]) for one in profiles)


def test_scenes_that_are_numbers_are_numbers_in_the_profile(new_account: NewAccount):
    profiles = list(new_account(800, lives=True).records.profiles())
    numbers = {one["qr_scene"] for one in profiles}
    texts = {one["qr_scene_str"] for one in profiles}
    assert {0, 1043, 1001} < numbers
    assert {"", "store_sh_nanjingxilu"} < texts
    assert not texts & set(map(str, numbers))


def test_periods_are_in_order_and_in_the_past(many: Lives):
    now = Clock().now
    assert all(is_in_order(periods) for periods in many.values())
    assert all(one.began < now and (one.ended or 0) < now for life in many.values() for one in life)
    assert all(one.ended is None or one.ended > one.began for life in many.values() for one in life)


def test_those_who_left_have_ended_lives_and_can_come_back(start: Start, clock: Clock):
    wechat = start(followers=80, lives=True, clock=clock)
    former = wechat.sandbox.former_followers()
    who = min(former)
    assert not former & set(ids(wechat.walk(20)))
    assert all(wechat.sandbox.periods(one)[-1].ended is not None for one in former)
    assert wechat.info(who)["subscribe"] == 0
    assert set(wechat.sandbox.population.come_back(1000)) == former
    assert wechat.info(who)["subscribe"] == 1
    assert all(
        last_change(wechat.sandbox.simulation.default, one) == (clock.now, None) for one in former
    )


def test_the_numbers_of_periods_are_plausible(many: Lives):
    share = {
        number: count / len(many) for number, count in Counter(map(len, many.values())).items()
    }
    assert 0.63 < share[1] < 0.71
    assert 0.22 < share[2] < 0.28
    assert 0.06 < share[3] + share[4] < 0.10


def test_most_came_within_two_years(many: Lives):
    two_years_ago = Clock().now - 731 * DAY
    last = [periods[-1].began for periods in many.values() if periods[-1].ended is None]
    assert len(last) == 5000
    early = [began for began in last if began < two_years_ago]
    assert 0.27 < len(early) / 5000 < 0.33
    assert 1_546_272_000 <= min(early) < 1_546_272_000 + 90 * DAY
    assert max(early) > two_years_ago - 10 * DAY


def test_many_leave_within_a_day_or_a_month(many: Lives):
    stays = [one.ended - one.began for life in many.values() for one in life if one.ended]
    share = [sum(stay < limit * DAY for stay in stays) / len(stays) for limit in (1, 30, 365)]
    assert 0.3 < share[0] < 0.5 < share[1] < 0.85 < share[2] < 1


def test_more_come_by_day_at_weekends_and_lately(many: Lives):
    now = Clock().now
    recent = [one.began for life in many.values() for one in life if one.began > now - 730 * DAY]
    hours = Counter(int(began + 8 * 3600) % DAY // 3600 for began in recent)
    assert sum(hours[hour] for hour in range(1, 6)) * 4 < sum(hours[hour] for hour in range(18, 23))
    # Ordinary days alone: 1970 began on a Thursday.
    days = Counter(int(began + 8 * 3600) // DAY for began in recent)
    ordinary = [day for day, count in days.items() if count < 60]
    weekdays = [[days[day] for day in ordinary if (day + 3) % 7 == n] for n in range(7)]
    means = [sum(counts) / len(counts) for counts in weekdays]
    assert min(means[5:]) > max(means[:4])
    quarters = Counter(int(now - began) // (183 * DAY) for began in recent)
    assert quarters[0] > quarters[3]


def test_on_days_of_campaigns_one_scene_brings_people_who_leave_soon(many: Lives):
    recent = [one for life in many.values() for one in life if one.began > Clock().now - 730 * DAY]
    days = Counter(int(one.began + 8 * 3600) // DAY for one in recent)
    top = [day for day, _ in days.most_common(5)]
    ordinary_busiest = days.most_common(6)[5][1]
    assert all(days[day] > 3 * ordinary_busiest for day in top)
    for day in top:
        scenes = Counter(
            one.scene
            for one in recent
            if one.source == QR_CODE and int(one.began + 8 * 3600) // DAY == day
        )
        assert scenes.most_common(1)[0][1] > 0.7 * days[day]
    campaign = [one for one in recent if int(one.began + 8 * 3600) // DAY in top]
    ordinary = [one for one in recent if int(one.began + 8 * 3600) // DAY not in top]
    assert left_within_a_week(campaign) > 1.5 * left_within_a_week(ordinary)


def left_within_a_week(periods: list[Period]) -> float:
    ended = [one.ended - one.began for one in periods if one.ended is not None]
    return sum(stay < 7 * DAY for stay in ended) / len(periods)


def test_the_same_seed_has_the_same_lives(new_account: NewAccount):
    first, same, other = (
        dict(new_account(lives=True, seed=seed).records.lives()) for seed in ("1", "1", "2")
    )
    assert first == same
    assert [len(life) for life in first.values()] != [len(life) for life in other.values()]
    began = [{life[0].began for life in lives.values()} for lives in (first, other)]
    assert not began[0] & began[1]


def test_a_later_start_with_the_same_end_has_the_same_lives(new_account: NewAccount, clock: Clock):
    until = clock.now
    first = dict(new_account(lives=True).records.lives())
    clock.forward(100 * DAY)
    assert dict(new_account(lives=True, lives_until=until).records.lives()) == first
    assert dict(new_account(lives=True).records.lives()) != first


def test_one_who_returns_has_a_new_source(new_account: NewAccount, clock: Clock):
    def moved() -> list[list[tuple[str, str]]]:
        account = new_account(lives=True)
        gone = account.population.leave(60)
        account.population.come_back(gone)
        lives = [account.records.periods(who) for who in gone]
        return [[(one.source, one.scene) for one in life[-2:]] for life in lives]

    first = moved()
    assert first == moved()
    assert sum(before != after for before, after in first) > 30
    assert len({after for _, after in first}) > 15


def test_hostile_scenes_are_in_the_record_as_in_the_profile(new_account: NewAccount):
    account = new_account(4000, lives=True, hostile=True)
    lives = dict(account.records.lives())
    assert all(agrees(one, lives[one["openid"]][-1]) for one in account.records.profiles())
    assert any("<" in one.scene for life in lives.values() for one in life)


def test_people_who_arrive_in_the_same_second_do_not_overlap(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(LifeGenerator, "_time_on", lambda self, day, rng: self._end - 1 - day % 2)
    lives = LifeGenerator("1", Clock().now)
    generated = [lives.generate(slot, follows=False) for slot in range(500)]
    assert all(is_in_order(life) for life in generated)
    assert all(
        later.began > earlier.began for life in generated for earlier, later in pairwise(life)
    )
    assert all(life[-1].ended <= lives._end for life in generated)


# Over HTTP


def lives_over_http(wechat: Caller, query: str = "") -> list[Any]:
    text = wechat.response("/sandbox/lives" + query).content.decode()
    return [json.loads(line) for line in text.splitlines()]


def test_lives_over_http(start: Start):
    wechat = start(lives=True, followers=3000)
    wechat.sandbox.population.leave(5)
    served = {row["openid"]: row["periods"] for row in lives_over_http(wechat)}
    truth = {who: [asdict(one) for one in life] for who, life in wechat.sandbox.lives().items()}
    assert served == truth
    assert set(served) == wechat.sandbox.followers() | wechat.sandbox.former_followers()


def test_some_lives_over_http(start: Start):
    wechat = start(lives=True, other_accounts=[("wx1", "secret", 5)])
    follower, former = min(wechat.sandbox.followers()), min(wechat.sandbox.former_followers())
    rows = lives_over_http(wechat, f"?openid={former},{follower}")
    assert [row["openid"] for row in rows] == [former, follower]
    assert set(rows[0]["periods"][0]) == {"began", "ended", "source", "scene"}
    assert (rows[0]["periods"][-1]["ended"] is None, rows[1]["periods"][-1]["ended"]) == (
        False,
        None,
    )
    assert len(lives_over_http(wechat, "?app_id=wx1")) == 6


@pytest.mark.parametrize("query", ["?openid=oNobody", "?app_id=wx0"])
def test_unknown_people_are_refused(wechat: Caller, query: str):
    response = wechat.response("/sandbox/lives" + query)
    assert response.status_code == 400
    assert response.json()["error"]


def test_two_sandboxes_have_the_same_lives(clock: Clock):
    with (
        Sandbox(50, 3, lives=True, clock=clock) as one,
        Sandbox(50, 3, lives=True, clock=clock) as two,
    ):
        assert one.lives() == two.lives()
        assert len(one.lives()) == 56
