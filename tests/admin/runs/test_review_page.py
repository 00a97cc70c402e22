"""The page of a sync that waits for a person: the question, what speaks for each answer."""

import re

import pytest
from django.utils import timezone

from followers.models import SyncRun
from followers.sync.state import ListingState
from tests.factories import follow

from .test_admin import address


def in_review(make_run, account, **counts):
    facts = {"known": 900, "listed": 600, "gone": 300, "total": 900, "asked": 0, "still": 0}
    facts |= counts
    total = facts.pop("total")
    why = {**facts, "total": total}
    state = ListingState(**facts)
    return make_run(account, "review", reason="shrunk", total=total, error_params=why, state=state)


def test_review_shows_what_the_sample_said(staff, account, make_run):
    run = in_review(make_run, account, asked=300, still=200)
    page = staff.get(address("change", run)).text
    assert "已向微信核实其中 300 位：200 位仍在关注，说明微信返回的名单被截断了。" in page
    assert "100 位粉丝标记为取消关注" in page


def recommended(page):
    """The heading of the answer that the page recommends."""
    return re.findall(r"<h3>([^<]+?) *<span", page)


@pytest.mark.parametrize(
    ("facts", "answer", "advice"),
    [
        (
            {"asked": 300, "still": 0, "total": 600},
            "是的，他们已取消关注",
            "确实已取消关注：请应用本次结果",
        ),
        ({"asked": 300, "still": 0, "total": 900}, "重新同步", "请先重新同步"),
        ({"asked": 300, "still": 280, "total": 600}, "重新同步", "请重新同步"),
        ({"asked": 300, "still": 3, "total": 600}, "重新同步", "请重新同步"),
        ({"total": 600}, "重新同步", "请先重新同步"),
    ],
)
def test_what_is_recommended_follows_from_what_was_found(
    staff, account, make_run, facts, answer, advice
):
    page = staff.get(address("change", in_review(make_run, account, **facts))).text
    assert recommended(page) == [answer]
    assert advice in page
    assert "通常是微信返回的名单有误" not in page


def test_the_home_page_advises_the_same(staff, account, make_run):
    in_review(make_run, account, asked=300, still=0, total=600)
    page = staff.get("/admin/").text
    assert "确实已取消关注：请应用本次结果" in page
    assert "请先重新同步" not in page


def test_the_sample_is_not_passed_off_as_everybody(staff, account, make_run, make_followers):
    sample = [person.pk for person in make_followers(account, 20)]
    run = in_review(make_run, account, gone=8_000, asked=300, still=0, sample=sample)
    page = staff.get(address("change", run)).text
    assert "涉及的粉丝：显示 8,000 位中的 20 位" in page


def test_a_list_that_misses_nobody_asks_another_question(staff, account, make_run):
    page = staff.get(address("change", in_review(make_run, account, gone=0))).text
    assert "这份名单完整吗？" in page
    assert "真的取消" not in page


def test_a_list_that_does_not_agree_has_a_question_of_its_own(admin_client, account):
    """What is stored was changed already: nobody is said to wait for being marked."""
    # Of those who were asked about, some followed: they are none of the six.
    facts = {"here": 19_992, "listed": 19_990, "newer": 3, "gone": 4, "missing": 2, "still": 5}
    run = SyncRun.objects.create(
        account=account,
        status="review",
        reason="differs",
        error_params=facts,
        created_at=timezone.now(),
    )
    sample = [follow(account, f"o{number}").pk for number in range(6)]
    state = ListingState(known=19_992, listed=19_990, gone=4, sample=sample)
    state.save(run.stages.model(run=run, name="listing", position=0, phase="reconcile"))
    address = f"/admin/followers/syncrun/{run.pk}/change/"
    page = admin_client.get(address, headers={"accept-language": "en"}).text
    assert "What is stored here and WeChat&#x27;s list do not agree" in page
    assert "Marks 4 followers as unfollowed and 2 as following again" in page
    assert "6 of 6 shown" in page
    assert "Nobody was marked as having left" not in page


def test_who_may_not_decide_is_told_what_holds_until_then(onlooker, account, make_run):
    facts = {"known": 6, "gone": 1, "listed": 5, "here": 6, "newer": 0}
    for reason, more, words in (
        ("shrunk", {}, "没有人会被标记为取消关注"),
        ("differs", {"missing": 1}, "粉丝的状态不会改变"),
    ):
        run = make_run(account, "review", reason=reason, error_params={**facts, **more})
        assert words in onlooker.get(address("change", run)).text
