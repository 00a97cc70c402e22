"""What a page may claim: comparisons of the same accounts, no total that is not known."""

from datetime import date, timedelta

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError
from django.urls import reverse

from followers.admin.growth.by_period import labels
from followers.files.cell_types import percent
from followers.models import AccountOverlap, DayNote, OfficialAccount, StaffPreference
from followers.statistics.days import DayRange

from .conftest import LISTED, NOW
from .test_pages import charts

DAY = timedelta(days=1)


def differences(client):
    return {tile.title: len(tile.differences) for tile in client.get("/admin/").context["tiles"]}


def test_yesterday_is_not_compared_with_days_of_fewer_accounts(
    admin_client, counted, foreign, make_counted
):
    """The followers of an account that came later have not joined: they were there."""
    OfficialAccount.objects.filter(pk=counted.pk).update(listed_at=NOW)
    other = make_counted(foreign, 200, seed=3)
    assert set(differences(admin_client).values()) == {3}
    OfficialAccount.objects.filter(pk=other.pk).update(baseline_at=LISTED - 4 * DAY)
    assert set(differences(admin_client).values()) == {1}


def test_a_total_is_not_claimed_of_days_that_are_not_known(staff, counted):
    OfficialAccount.objects.update(listed_at=LISTED - 5 * DAY)
    chart = charts(staff.get(reverse("growth"), {"period": "7d"}).text)["growth"]
    assert [state for state in chart["states"] if state == "unknown"]
    for state, total in zip(chart["states"], chart["total"], strict=True):
        assert (total is None) == (state == "unknown")


def test_an_account_without_a_list_overlaps_with_nobody(admin_client, counted, foreign):
    for one, other in ((counted, counted), (counted, foreign), (foreign, foreign)):
        AccountOverlap.objects.create(first=one, second=other, people=0, counted_at=NOW)
    (figure,) = admin_client.get(reverse("growth_overlap")).context["figures"]
    assert list(figure.table.rows) == []


def test_other_periods_of_home_keep_the_account_of_the_address(admin_client, counted, foreign):
    page = admin_client.get("/admin/", {"account__id__exact": counted.pk})
    addresses = [address for _name, address, _is_current in page.context["periods"]]
    assert len(addresses) == 3
    for address in addresses:
        assert admin_client.get(f"/admin/{address}").context["scope"].account == counted


def test_labels_of_several_years_tell_them_apart():
    months = [DayRange(date(year, 12, 1), date(year, 12, 31)) for year in (2023, 2024)]
    assert labels(months) == ["23-12-01 – 12-31", "24-12-01 – 12-31"]
    assert labels(months[:1]) == ["12-01 – 12-31"]
    assert labels([]) == []


@pytest.mark.parametrize(
    ("share", "text"), [(-0.0003, "0.0%"), (0.0, "0.0%"), (-0.0006, "-0.1%"), (1.222, "122.2%")]
)
def test_nothing_has_no_sign(share, text):
    assert percent(share) == text


@pytest.fixture
def gone(monkeypatch):
    """As if the account were deleted between the check and the write."""

    def refuse(*_args, **_values):
        raise IntegrityError

    monkeypatch.setattr(DayNote.objects, "get_or_create", refuse)
    monkeypatch.setattr(StaffPreference.objects, "update_or_create", refuse)


def test_an_account_that_is_deleted_in_between_is_not_found(admin_client, account, gone):
    note = {"account": account.pk, "day": "2024-04-12", "text": "x"}
    assert admin_client.post("/admin/growth/notes/", note).status_code == 404
    assert admin_client.post("/admin/account/", {"account": account.pk}).status_code == 404
    assert User.objects.exists()
