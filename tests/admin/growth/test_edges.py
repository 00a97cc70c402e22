"""Accounts of which little is known, or nothing: every page says so, and claims no zero."""

import csv
import io
from datetime import date, timedelta

import pytest
from django.contrib.auth.models import User
from django.urls import reverse

from followers.admin.growth.views import FIGURES, PAGES
from followers.history.recount import recount
from followers.models import DayNote, OfficialAccount, WeChatDay, WeChatFigures
from followers.rows import followers
from tests.factories import begin, follow

from .conftest import NOW
from .test_pages import charts

ADDRESSES = [reverse(name) for name in ("admin:index", *PAGES)]
GROWTH = reverse("growth")
TODAY = date(2024, 5, 1)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
# In Chinese and English.
LANGUAGES = ("zh-hans", "en")
MONTH_BEFORE = {"from": "2024-01-01", "to": "2024-01-31", "by": "day", "compare": "before"}


def texts(client, query=None):
    """Of every page, in both languages."""
    for language in LANGUAGES:
        for address in ADDRESSES:
            page = client.get(address, query or {}, headers={"accept-language": language})
            assert page.status_code == 200
            yield address, page


def tables(client, query=None):
    """Of all pages, as values, by the figure's key."""
    return {
        figure.key: figure.table.rows
        for address in ADDRESSES[1:]
        for figure in client.get(address, query or {}).context["figures"]
    }


def file_rows(client, key, query):
    text = client.get(reverse("figures_file", args=[key, "csv"]), query).getvalue()
    return list(csv.reader(io.StringIO(text.decode("utf-8-sig"), newline="")))[1:]


def know(account, **values):
    OfficialAccount.objects.filter(pk=account.pk).update(**values)
    account.refresh_from_db()


def count(account, **values):
    """With figures counted from these values."""
    know(account, **values, statistics_zone="")
    recount(account.pk)
    account.refresh_from_db()


# --- nothing yet ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rights", "words"),
    [
        (["view_follower"], ("请联系管理员添加", "Ask an administrator")),
        (["view_follower", "add_officialaccount"], ("请添加第一个公众号", "Add your first")),
    ],
)
def test_without_an_account(make_staff, rights, words):
    for _address, page in texts(make_staff(None, *rights)):
        assert any(it in page.text for it in words)
        assert not charts(page.text)


def test_an_account_that_was_never_synced(staff, account):
    for _address, page in texts(staff):
        assert "首次同步后开始统计增长" in page.text or "Growth begins" in page.text
        assert not charts(page.text)
    for key in FIGURES:
        numbers = [cell for row in file_rows(staff, key, MONTH_BEFORE) for cell in row]
        assert not {"0", "0.0%"} & set(numbers), key


def test_the_figures_of_another_time_zone_are_being_counted(staff, counted):
    know(counted, statistics_zone="America/New_York")
    for address, page in texts(staff):
        assert "正在统计" in page.text or "being counted" in page.text, address
        assert not charts(page.text)


# --- little ---------------------------------------------------------------------------------------


@pytest.fixture
def newcomer(staff, account):
    """Synced for the first time this morning, with 300 followers; two have come since."""
    followers.insert(account.pk, [f"o{number}" for number in range(300)], NOW - 4 * HOUR)
    for number in range(2):
        begin(follow(account, f"new{number}"), NOW - 2 * HOUR)
    count(account, baseline_at=NOW - 3 * HOUR, listed_at=NOW - HOUR, following=302)
    return staff


def test_a_baseline_of_today(newcomer):
    for _address, page in texts(newcomer):
        assert page.status_code == 200
    rows = tables(newcomer)["growth"]
    assert rows[0][:5] == (TODAY, 2, 0, 2, 302)
    assert {row[1:5] for row in rows[1:]} == {(None,) * 4}
    home = newcomer.get("/admin/")
    assert [tile.value for tile in home.context["tiles"]] == ["–"] * 4
    assert not any(tile.differences for tile in home.context["tiles"])
    assert "早于首次完整同步" in home.context["yesterday_state"]


def test_days_before_the_first_list_are_no_zeros(newcomer):
    found = tables(newcomer, MONTH_BEFORE)
    for key, rows in found.items():
        assert 0 not in {cell for row in rows for cell in row[1:] if key != "retention"}, key
    assert {row[2] for row in found["retention"]} == {None}
    for address, page in texts(newcomer, MONTH_BEFORE):
        for figure in page.context["figures"]:
            is_told = "首次完整同步" in figure.empty or "first complete sync" in figure.empty
            assert is_told or not figure.empty or address in ADDRESSES[::4], figure.key
            assert figure.summary[:1] not in ("0", "共")


def test_one_whole_day(newcomer, account):
    know(account, baseline_at=NOW - 2 * DAY)
    rows = tables(newcomer)["growth"]
    assert [row[1:5] for row in rows[:3]] == [(2, 0, 2, 302), (0, 0, 0, 300), (0, 0, 0, 300)]
    assert {row[1:5] for row in rows[3:]} == {(None,) * 4}
    tile = newcomer.get("/admin/").context["tiles"][0]
    assert (tile.value, tile.url, tile.differences) == ("0", "", [])


def test_days_after_the_last_sync_are_no_zeros(staff, counted):
    know(counted, listed_at=NOW - 10 * DAY)
    rows = tables(staff)["growth"]
    days = [row[0] for row in rows[:9] if row[1:4] == (None, None, None)]
    assert days
    assert not any(0 in row[1:4] for row in rows[:9])
    wechat_told(counted, days[0])
    day = {"from": str(days[0]), "to": str(days[0])}
    assert tables(staff, day)["wechat"] == [
        (days[0], None, 50, None, None, 9, None, None, 500, None)
    ]
    page = staff.get(reverse("growth_wechat"), day).text
    assert "尚未同步的日子显示为空，并不等于 0。" in page


def wechat_told(account, day):
    WeChatDay.objects.create(account=account, day=day, total=500, asked_at=NOW)
    WeChatFigures.objects.create(account=account, day=day, source=1, joined=50, left=9)


def test_messages_alone_claim_no_total(newcomer, account):
    know(account, listed_at=None, following=None, baseline_at=NOW - 5 * DAY)
    for address, page in texts(newcomer):
        assert "302" not in page.text or address == "/admin/"
    page = newcomer.get(GROWTH, {"compare": "before"})
    chart = charts(page.text)["growth"]
    assert set(chart["total"]) == {None}
    assert (chart["joined"][-1], chart["joined"][-2]) == (2, 0)
    assert {row[4] for row in file_rows(newcomer, "growth", {"period": "30d"})} == {""}
    cells = list(page.context["figures"][0].table.cells())
    assert {row[4].text for row in cells} == {"–"}
    tile = newcomer.get("/admin/").context["tiles"][3]
    assert (tile.value, tile.url, tile.differences) == ("–", "", [])


# --- and the rest ---------------------------------------------------------------------------------


def test_without_an_app_secret_wechats_figures_cannot_come(staff, counted):
    know(counted, app_secret="")
    page = staff.get(reverse("growth_wechat")).text
    assert "缺少该公众号的 AppSecret" in page
    for _address, page in texts(staff):
        assert "首次同步后" not in page.text


def test_a_note_on_a_day_to_come_is_listed(make_staff, counted):
    DayNote.objects.create(account=counted, day=TODAY + 9 * DAY, text="双十一")
    writer = make_staff(counted, "view_follower", "note_officialaccount")
    for address in ADDRESSES[:2]:
        page = writer.get(address)
        assert [it["day"] for it in page.context["notes"]] == ["2024-05-10"]
        assert not any(charts(page.text)["growth"]["noted"])
    assert "双十一" not in writer.get(GROWTH, {"from": "2024-04-01", "to": "2024-04-30"}).text


def test_an_account_that_came_later_has_no_zeros_beside_the_others(
    staff, counted, foreign, make_counted
):
    foreign.members.add(User.objects.get())
    make_counted(foreign, 20)
    count(foreign, baseline_at=NOW - HOUR)
    query = {"from": "2024-04-01", "to": "2024-04-30", "account__id__exact": ""}
    rows = {row[0]: row[1:] for row in tables(staff, query)["accounts"]}
    assert rows["Foreign"] == (None,) * 4
    assert all(rows[counted.name])


def test_three_hundred_accounts(admin_client, counted):
    OfficialAccount.objects.bulk_create(
        OfficialAccount(
            name=f"Branch {number}",
            app_id=f"wxb{number:013d}",
            baseline_at=NOW - 20 * DAY,
            listed_at=NOW,
            statistics_zone="Asia/Shanghai",
            following=10,
        )
        for number in range(299)
    )
    query = {"account__id__exact": "", "period": "365d", "by": "day"}
    for _address, page in texts(admin_client, query):
        assert page.status_code == 200
    page = admin_client.get(GROWTH, query)
    assert len({it.key: it for it in page.context["figures"]}["accounts"].table.rows) == 300
    assert max(map(len, charts(page.text)["growth"]["remarks"])) < 100
