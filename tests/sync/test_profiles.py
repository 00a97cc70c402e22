"""What is believed of batchget's answers, and how many calls it takes."""

import pytest

from followers.rows import followers
from followers.rows.clock import db_now
from followers.sync.profiles import ask
from followers.wechat.errors import Retriable

from .driver import FakeWeChat
from .truth import BATCHGET, USER_INFO


@pytest.fixture
def wechat(account, connect):
    wechat = connect(FakeWeChat(100))
    followers.insert(account.pk, wechat.followers(), db_now())
    return wechat


@pytest.fixture
def answered(account, wechat):
    """Asks about everybody, who are known by these unionids; checks what is said of the good."""

    def answered(unionid=lambda openid: ""):
        people = [
            row._replace(unionid=unionid(row.openid))
            for row in followers.get_keys(
                follower[0] for follower in account.follower_set.values_list("pk")
            )
        ]
        client = wechat.client_for(account)
        answer = ask(client, people, db_now())
        assert {p.openid for p in people} == answer.profiles.keys() | answer.bad
        for openid in answer.profiles.keys() & wechat.followers():
            truth = wechat.account.records.profile(wechat.account.records.slot_of(openid))
            assert answer.profiles[openid].unionid == truth.get("unionid")
        return answer

    return answered


def truth(wechat):
    records = wechat.account.records
    return lambda openid: records.profile(records.slot_of(openid)).get("unionid", "")


def calls(wechat):
    return wechat.calls[BATCHGET], wechat.calls[USER_INFO]


def test_a_hundred_cost_one_call(wechat, answered):
    assert len(answered().profiles) == 100
    assert calls(wechat) == (1, 0)


def test_one_is_asked_about_alone(account, wechat):
    person = followers.get_keys(account.follower_set.values_list("pk", flat=True)[:1])
    answer = ask(wechat.client_for(account), person, db_now())
    assert answer.profiles.keys() == {person[0].openid}
    assert calls(wechat) == (0, 1)


def test_shuffled_rows_are_matched_by_openid(wechat, answered):
    wechat.fault("shuffled")
    assert answered(truth(wechat)).bad == set()
    assert calls(wechat) == (1, 0)


def test_one_bad_id_among_a_hundred_costs_fifteen_calls_more(account, wechat, answered):
    followers.insert(account.pk, ["o" + "x" * 27], db_now())
    account.follower_set.filter(openid__in=sorted(wechat.followers())[:1]).delete()
    answer = answered()
    assert (answer.bad, len(answer.profiles)) == ({"o" + "x" * 27}, 99)
    assert sum(calls(wechat)) <= 1 + 15


def test_only_bad_ids(account, connect, answered, wechat):
    wechat.fault("40003", path=BATCHGET)
    wechat.fault("40003", path=USER_INFO)
    answer = answered()
    assert (len(answer.bad), answer.profiles) == (100, {})


@pytest.mark.parametrize("fault", ["short", "misaligned"])
def test_an_answer_that_is_wrong_once_is_asked_again_in_halves(wechat, answered, fault):
    wechat.fault(fault, count=1)
    assert len(answered().profiles) == 100
    assert calls(wechat) == (3, int(fault == "misaligned"))


@pytest.mark.parametrize("fault", ["short", "misaligned"])
def test_answers_that_are_wrong_for_ever(wechat, answered, fault):
    """Then all are asked about one by one."""
    wechat.fault(fault)
    assert len(answered().profiles) == 100


def test_slipped_unionids_that_leave_no_gap_differ_from_those_known(wechat, answered):
    wechat.fault("misaligned", count=1, around=1)
    assert answered(truth(wechat)).bad == set()
    assert calls(wechat) == (3, 1)


def test_who_left_has_no_unionid_and_raises_no_doubt(wechat, answered):
    known = truth(wechat)
    before = {openid: known(openid) for openid in wechat.followers()}
    gone = set(wechat.people.leave(30))
    said = answered(before.get).profiles
    assert {openid for openid, profile in said.items() if not profile.subscribed} == gone
    assert calls(wechat) == (1, 0)


def test_a_unionid_that_did_change_is_confirmed_with_one_call(wechat, answered):
    known = truth(wechat)
    person = min(wechat.followers())
    said = answered(lambda openid: "before" if openid == person else known(openid))
    assert said.profiles[person].unionid == known(person)
    assert calls(wechat) == (1, 1)


def test_an_account_without_unionids(account, connect, db):
    wechat = connect(FakeWeChat(20, unionid=False))
    followers.insert(account.pk, wechat.followers(), db_now())
    people = followers.get_keys(account.follower_set.values_list("pk", flat=True))
    answer = ask(wechat.client_for(account), people, db_now())
    assert {said.unionid for said in answer.profiles.values()} == {None}
    assert calls(wechat) == (1, 0)


def test_a_missing_list_is_passing_trouble(wechat, answered):
    wechat.fault("profiles_missing", count=1)
    assert len(answered().profiles) == 100
    wechat.fault("profiles_missing")
    with pytest.raises(Retriable):
        answered()
