"""Growth of a segment: the figures of its people alone."""

import csv
import io
import re
from datetime import UTC, datetime

import pytest

from followers.admin.segments import growth
from followers.models import Channel, Segment, SegmentId
from tests.factories import begin, end, follow, make_unsubscribed

LIST = "/admin/followers/segment/"
APRIL = "?from=2024-04-01&to=2024-04-30"
ENGLISH = {"accept-language": "en"}
# In Shanghai, this is the day after.
EVENING = {"hour": 20, "tzinfo": UTC}


@pytest.fixture
def account(account):
    account.baseline_at = datetime(2024, 3, 1, tzinfo=UTC)
    account.statistics_zone = "Asia/Shanghai"
    account.save()
    Channel.objects.create(account=account, scene="1043", name="Shop", group="North")
    return account


@pytest.fixture(autouse=True)
def people(account):
    """Li came and stays, Wang came twice and left, Zhao was there before and left. Not Xu."""
    scanned = {"source": "ADD_SCENE_QR_CODE", "scene": "1043"}
    begin(follow(account, "oLi", remark="friend"), datetime(2024, 4, 2, **EVENING), **scanned)
    wang = make_unsubscribed(account, "oWang", remark="friend")
    for first, last in ((2, 5), (7, 9)):
        begin(
            wang,
            datetime(2024, 4, first, **EVENING),
            ended_at=datetime(2024, 4, last, **EVENING),
            ended_by="sync",
            **scanned,
        )
    end(make_unsubscribed(account, "oZhao", remark="friend"), datetime(2024, 4, 5, **EVENING))
    begin(follow(account, "oXu"), datetime(2024, 4, 2, **EVENING))
    before = datetime(2024, 2, 1, tzinfo=UTC)
    begin(follow(account, "oOld", remark="friend"), before)


@pytest.fixture
def member(make_staff, account):
    return make_staff(account, "view_follower")


@pytest.fixture
def friends(account):
    return Segment.objects.create(account=account, name="friends", query="q=friend")


def rows(client, segment, key, period=APRIL):
    answer = client.get(f"{LIST}{segment.pk}/growth/{key}.csv{period}", headers=ENGLISH)
    return list(csv.reader(io.StringIO(answer.getvalue().decode()[1:])))[1:]


def tiles(client, segment, period=APRIL):
    page = client.get(f"{LIST}{segment.pk}/growth/{period}", headers=ENGLISH).text
    found = re.findall(r'wx-tile"><b>([\d,]+)</b><span>([^<]+)', page)
    return {label: int(number) for number, label in found}


def test_of_those_who_follow_everybody_counts_who_ever_did(member, friends):
    assert tiles(member, friends) == {
        "follow now": 2,
        "do not follow now": 2,
        "joined in the period": 3,
        "left in the period": 3,
    }


def test_before_the_first_sync_nobody_knows_who_joined(member, account, friends):
    account.baseline_at = None
    account.save()
    assert set(tiles(member, friends)) == {"follow now", "do not follow now"}


def test_by_day_in_local_days(member, friends):
    days = {
        row[0]: tuple(row[1:4]) for row in rows(member, friends, "growth") if row[1:3] != ["0", "0"]
    }
    assert days == {
        "2024-04-03": ("2", "0", "2"),
        "2024-04-06": ("0", "2", "-2"),
        "2024-04-08": ("1", "0", "1"),
        "2024-04-10": ("0", "1", "-1"),
    }


def test_by_source_and_channel(member, friends):
    assert [row[1:] for row in rows(member, friends, "sources")] == [
        ["3", "2", "1"],
        ["0", "1", "-1"],
    ]
    (shop,) = rows(member, friends, "channels")
    assert shop == ["Shop", "North", "1043", "3", "1", "33.3%", "2"]


def test_another_period(member, friends):
    period = "?from=2024-04-06&to=2024-04-07"
    assert [row[:4] for row in rows(member, friends, "growth", period)] == [
        ["2024-04-07", "0", "0", "0"],
        ["2024-04-06", "0", "2", "-2"],
    ]


def test_a_status_of_its_own_stays(member, account):
    gone = Segment.objects.create(account=account, name="gone", query="subscribed__exact=0")
    found = tiles(member, gone)
    assert (found["follow now"], found["do not follow now"]) == (0, 2)


def test_a_kept_list(member, account):
    kept = Segment.objects.create(
        account=account, name="ids", query="subscribed__exact=all", pasted=1
    )
    SegmentId.objects.create(segment=kept, position=0, text="oXu")
    assert tiles(member, kept)["joined in the period"] == 1


def test_too_many_people_are_not_counted(member, friends, monkeypatch):
    monkeypatch.setattr(growth, "MAX_PEOPLE", 3)
    page = member.get(f"{LIST}{friends.pk}/growth/", headers=ENGLISH).text
    assert "more than 3 people" in page
    assert member.get(f"{LIST}{friends.pk}/growth/growth.csv").status_code == 302


def test_a_tag_that_is_gone(member, account):
    gone = Segment.objects.create(account=account, name="gone", query="tags__id__exact=9")
    page = member.get(f"{LIST}{gone.pk}/growth/", headers=ENGLISH)
    assert "shows nobody" in page.text
    assert member.get(f"{LIST}{gone.pk}/growth/nothing.csv").status_code == 404
