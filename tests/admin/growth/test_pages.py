"""The pages of growth: what they show is what followers.statistics reads, of own accounts alone."""

import json
import re
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from followers.admin.growth.views import FIGURES, PAGES
from followers.models import OfficialAccount
from followers.statistics import figures
from followers.statistics.days import DayRange

APRIL = DayRange(date(2024, 4, 1), date(2024, 4, 30))
OF_APRIL = {"from": "2024-04-01", "to": "2024-04-30"}
ADDRESSES = [reverse(name) for name in PAGES]


def charts(page):
    """The data of the charts, by the id of their figure."""
    found = re.findall(
        r'<script id="figure-([\w-]+)-data" type="application/json">(.*?)</script>', page, re.DOTALL
    )
    return {key: json.loads(text) for key, text in found}


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("query", [{}, OF_APRIL, {"period": "365d"}, {"period": "yesterday"}])
def test_every_page_shows_every_period(staff, counted, address, query):
    assert staff.get(address, query).status_code == 200


@pytest.mark.parametrize("address", [*ADDRESSES, "/admin/growth/file/growth.csv"])
def test_whoever_may_see_neither_accounts_nor_followers_sees_no_figures(
    make_staff, counted, address
):
    assert make_staff(counted, "view_tag").get(address).status_code == 403
    assert make_staff(counted, "view_follower").get(address).status_code == 200


def test_the_chart_draws_the_figures(staff, counted):
    chart = charts(staff.get(reverse("growth"), OF_APRIL).text)["growth"]
    rows = figures.by_day([counted], APRIL)
    assert chart["joined"] == [row.joined for row in rows]
    assert chart["left"] == [-row.left for row in rows]
    assert chart["total"] == [row.total for row in rows]


@pytest.mark.parametrize(("by", "number"), [("day", 30), ("week", 5), ("month", 1)])
def test_days_are_put_together(staff, counted, by, number):
    chart = charts(staff.get(reverse("growth"), {**OF_APRIL, "by": by}).text)["growth"]
    rows = figures.by_day([counted], APRIL)
    assert len(chart["labels"]) == number
    assert sum(chart["joined"]) == sum(row.joined for row in rows)
    assert chart["total"][-1] == rows[-1].total


def test_sources_and_channels(staff, counted):
    found = charts(staff.get(reverse("growth"), OF_APRIL).text)
    sources = figures.by_source([counted], APRIL)
    assert found["sources"]["series"][0]["values"] == [row.joined for row in sources]
    channels = figures.by_channel(counted, APRIL)
    staying, gone = (series["values"] for series in found["channels"]["series"])
    assert staying == [row.staying for row in channels]
    assert [sum(both) for both in zip(staying, gone, strict=True)] == [
        row.joined for row in channels
    ]
    assert "南京西路店" in found["channels"]["labels"]


def test_nothing_of_another_account_is_shown(staff, counted, foreign, make_counted):
    make_counted(foreign, 200, seed=3)
    own = figures.by_day([counted], APRIL)
    for query in (OF_APRIL, {**OF_APRIL, "account__id__exact": str(foreign.pk)}):
        for address in ADDRESSES:
            page = staff.get(address, query).text
            assert foreign.name not in page
        chart = charts(staff.get(reverse("growth"), query).text)["growth"]
        assert chart["joined"] == [row.joined for row in own]


def test_all_accounts_are_added_up(admin_client, counted, foreign, make_counted):
    other = make_counted(foreign, 200, seed=3)
    found = charts(admin_client.get(reverse("growth"), OF_APRIL).text)
    each = figures.by_day_of_each([counted, other], APRIL)
    assert found["growth"]["joined"] == [
        one.joined + two.joined for one, two in zip(*each.values(), strict=True)
    ]
    assert set(found["accounts"]["labels"]) == {counted.name, other.name}
    query = {**OF_APRIL, "account__id__exact": str(other.pk)}
    chart = charts(admin_client.get(reverse("growth"), query).text)["growth"]
    assert chart["joined"] == [row.joined for row in each[other.pk]]


def test_an_account_takes_part_from_its_first_list_on(admin_client, counted, foreign, make_counted):
    other = make_counted(foreign, 200, seed=3)
    OfficialAccount.objects.filter(pk=other.pk).update(
        baseline_at="2024-04-10T04:00Z", statistics_zone="Asia/Shanghai"
    )
    chart = charts(admin_client.get(reverse("growth"), OF_APRIL).text)["growth"]
    own = figures.by_day([counted], APRIL)
    assert chart["total"][:9] == [row.total for row in own[:9]]
    assert chart["total"][9] > own[9].total
    assert foreign.name in chart["remarks"][9]


@pytest.mark.parametrize(
    "query",
    [
        {"from": "x", "to": "2024-04-30"},
        {"from": "2024-04-30", "to": "2024-04-01"},
        {"from": "2000-01-01", "to": "2024-04-01"},
        {"from": "2024-04-01", "to": "2024-06-01"},
        {"account__id__exact": "999"},
        {"account__id__exact": "\x00"},
        {"compare": "x"},
        {"compare": "2024-05-01"},
        {"compare": "9000-12-31"},
        {"period": "x"},
    ],
)
def test_what_cannot_be_read_is_told(staff, counted, query):
    page = staff.get(reverse("growth"), query)
    assert page.status_code == 200
    assert 'class="wx-problem" role="alert"' in page.text
    answer = staff.get("/admin/growth/file/growth.csv", query)
    assert 'class="wx-problem" role="alert"' in staff.get(answer.url).text


@pytest.mark.parametrize("period", ["", "own"])
def test_without_a_period_it_is_the_usual_one(staff, counted, period):
    chart = charts(staff.get(reverse("growth"), {"period": period}).text)["growth"]
    assert len(chart["labels"]) == 30


def test_two_periods_are_compared(staff, counted):
    page = staff.get(reverse("growth"), {**OF_APRIL, "compare": "before"})
    march = figures.by_day([counted], DayRange(date(2024, 3, 2), date(2024, 3, 31)))
    april = figures.by_day([counted], APRIL)
    (table,) = [it.table for it in page.context["figures"] if it.key == "compared"]
    joined = table.rows[0]
    assert joined[1:4] == (
        now := sum(row.joined for row in april),
        before := sum(row.joined for row in march),
        now - before,
    )


def test_without_a_list_the_page_says_when_growth_begins(staff, account):
    for address in [*ADDRESSES, reverse("admin:index")]:
        assert "首次同步后开始统计增长" in staff.get(address).text


def test_without_any_account_there_is_nothing(make_staff):
    assert make_staff(None, "view_follower").get(reverse("growth")).status_code == 200


def test_figures_that_are_still_to_be_counted_are_not_shown(staff, counted):
    OfficialAccount.objects.update(statistics_zone="America/New_York")
    page = staff.get(reverse("growth")).text
    assert "正在统计" in page
    assert not charts(page)
    # An empty file would say that nothing happened.
    assert staff.get("/admin/growth/file/growth.csv").status_code == 302


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("key", FIGURES)
def test_every_figure_says_how_it_is_counted(counted, rf, admin_user, key, language):
    from followers.admin.growth.scope import read_scope

    request = rf.get("/", {**OF_APRIL, "compare": "before"})
    request.user = admin_user
    with translation.override(language):
        figure = FIGURES[key](read_scope(request))
        assert figure.meaning
        assert figure.title
        assert bool(figure.chart) == bool(figure.summary)


@pytest.mark.parametrize("number", [1, 30])
def test_the_number_of_queries_does_not_grow(
    admin_client, counted, django_assert_max_num_queries, number
):
    for it in range(number):
        OfficialAccount.objects.create(
            name=f"A{it}",
            app_id=f"wxa{it:013d}",
            baseline_at=counted.baseline_at,
            statistics_zone="Asia/Shanghai",
            following=0,
        )
    admin_client.get(reverse("growth"))
    with django_assert_max_num_queries(24):
        admin_client.get(reverse("growth"))


def test_the_figures_of_days_are_read_once(admin_client, counted):
    with CaptureQueriesContext(connection) as queries:
        admin_client.get(reverse("growth"), {**OF_APRIL, "compare": "year"})
    read = [it["sql"] for it in queries if "GROUP BY account_id, day" in it["sql"]]
    assert len(read) == 1


@pytest.mark.parametrize("name", ["joined", "left", "staying"])
def test_a_number_opens_the_list_of_whom_it_counts(staff, counted, name):
    page = staff.get(reverse("growth"), {**OF_APRIL, "by": "month"})
    shown = {it.key: it.table for it in page.context["figures"]}
    links = [(table, row) for table in shown.values() for row in range(len(table.rows))]
    opened = 0
    for table, row in links:
        values = dict(zip((it.name for it in table.columns), table.rows[row], strict=True))
        address = table.link(row, name)
        if not address or name not in values:
            continue
        people = staff.get(address).context["cl"].result_count
        # Nobody has two subscriptions here.
        assert people == values[name]
        opened += 1
    assert opened
