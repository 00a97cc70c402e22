"""Whether today's calls are enough, and what they were used for."""

from datetime import datetime, timedelta

import pytest
from django.utils import translation

from followers.accounts import usage
from followers.accounts.usage import LISTING_PATH
from followers.admin.accounts import quota
from followers.admin.runs.stages import quota_warning
from followers.models import ApiUsage, SyncRun, SyncStage


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


def whole_list(account, followers):
    listing = usage.calls_today(account).quotas[LISTING_PATH]
    return quota.listing_warning(listing, followers)


@pytest.fixture
def use(account):
    def use(calls, path=LISTING_PATH, **values):
        return ApiUsage.objects.create(
            account=account, day=usage.beijing_today(), path=path, calls=calls, **values
        )

    return use


def test_nothing_is_said_of_a_sync_that_fits(account, use):
    use(497)
    assert whole_list(account, 20_000) == ""
    assert whole_list(account, 0) == ""


def test_a_sync_that_ends_tomorrow(account, use):
    use(497)
    sentence = whole_list(account, 100_000)
    assert "about 11 calls" in sentence
    assert "3 are left today" in sentence
    assert "about 30,000 followers today" in sentence


def test_a_sync_reaches_no_more_people_than_there_are(account, use):
    use(497)
    assert "about 25,000 followers" in whole_list(account, 25_000)


def test_a_day_without_calls(account, use):
    use(500)
    assert "none are left today" in whole_list(account, 5)


def test_the_number_that_wechat_told_counts(account, use):
    use(0, daily_limit=2, used_elsewhere=1)
    assert "1 are left today" in whole_list(account, 15_000)


def test_the_rest_of_a_list(account, use):
    run = SyncRun(account=account)
    row = SyncStage(name="listing", done=80_000, total=100_000)
    use(497)
    assert quota_warning(run, row) == ""
    row.total = 200_000
    sentence = quota_warning(run, row)
    assert "about 13 calls" in sentence
    assert "3 are left" in sentence
    assert quota_warning(run, SyncStage()) == ""


def test_every_path_of_today_has_a_row(account, use):
    use(12)
    use(7, "/cgi-bin/tags/get")
    rows = {row["path"]: row for row in quota.quota_rows(usage.calls_today(account))}
    assert rows["user/get"] == {
        "name": "Get the follower list",
        "path": "user/get",
        "used": "12",
        "limit": "500",
        "left": "488",
        "source": "published default",
    }
    assert (rows["tags/get"]["used"], rows["tags/get"]["limit"]) == ("7", "")
    assert "user/info/batchget" in rows


def test_a_path_without_a_name_is_shown_itself(account, use):
    use(1, "/cgi-bin/unheard/of")
    rows = quota.quota_rows(usage.calls_today(account))
    assert [row["name"] for row in rows if not row["path"]] == ["unheard/of"]


def test_yesterdays_calls_are_forgotten(account, use):
    row = use(500)
    ApiUsage.objects.filter(pk=row.pk).update(day=usage.beijing_today() - timedelta(days=1))
    assert whole_list(account, 20_000) == ""
    assert quota.quota_rows(usage.calls_today(account))[0]["used"] == "0"


@pytest.mark.django_db
def test_a_day_begins_at_midnight_in_beijing():
    midnight = datetime.combine(usage.beijing_today(), datetime.min.time(), usage.BEIJING)
    assert usage.is_today(midnight)
    assert not usage.is_today(midnight - timedelta(seconds=1))
