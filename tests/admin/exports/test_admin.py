from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from followers.models import ExportLog
from tests.factories import follow

LIST = "/admin/followers/follower/"
EXPORTS = "/admin/followers/exportlog/"
ENGLISH = {"accept-language": "en"}
ALL = {"action": "export_csv", "index": "0", "select_across": "1", "_selected_action": "0"}
HOSTILE = "<script>alert(1)</script>"


@pytest.fixture
def exporter(make_staff, account):
    return make_staff(account, "view_follower", "export_follower", "view_exportlog")


def test_the_record_tells_who_took_what(account, exporter):
    follow(account, "oAB")
    b"".join(exporter.post(f"{LIST}?q=oA&first_seen_from=2023-01-01", ALL).streaming_content)
    page = exporter.get(EXPORTS, headers=ENGLISH).content.decode()
    for words in ("staff", account.name, "Search: oA", "First seen: since 2023-01-01", "Complete"):
        assert words in page


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"rows": None}, "Under way"),
        ({"rows": 7}, "Incomplete"),
        ({"rows": 7, "complete": True}, "Complete"),
        ({"filters": {"params": {}, "selected": 3}}, "3 ticked followers"),
        ({"filters": {"params": {"q": [HOSTILE]}}}, "&lt;script&gt;"),
        ({}, "All, with those who left"),
        ({"filters": {"params": {"subscribed__exact": ["1"]}}}, "Following"),
        ({}, "Command line or deleted user"),
    ],
)
def test_the_record_in_words(account, exporter, values, words):
    ExportLog.objects.create(account=account, **values)
    page = exporter.get(EXPORTS, headers=ENGLISH).content.decode()
    assert words in page
    assert "<script>alert" not in page


@pytest.mark.parametrize(("hours", "words"), [(23, "正在导出"), (25, "未完成")])
def test_an_export_whose_process_was_killed_does_not_go_on_for_ever(
    account, exporter, hours, words
):
    ExportLog.objects.create(account=account)
    ExportLog.objects.update(created_at=timezone.now() - timedelta(hours=hours))
    page = exporter.get(EXPORTS).content.decode()
    assert [text for text in ("正在导出", "未完成") if text in page] == [words]


def test_the_empty_record_asks_for_nothing_to_be_added(exporter):
    page = exporter.get(EXPORTS).content.decode()
    assert "还没有导出记录" in page
    assert "新建" not in page


def test_staff_see_their_own_exports_and_those_of_their_accounts(account, foreign, exporter):
    own = ExportLog.objects.create(requested_by=User.objects.get(username__startswith="staff"))
    ours = ExportLog.objects.create(account=account)
    ExportLog.objects.create(account=foreign)
    ExportLog.objects.create()
    assert list(exporter.get(EXPORTS).context["cl"].result_list) == [ours, own]


def test_nobody_edits_the_record(account, admin_client):
    log = ExportLog.objects.create(account=account)
    assert admin_client.get(f"{EXPORTS}add/").status_code == 403
    assert admin_client.post(f"{EXPORTS}{log.pk}/change/", {"rows": 1}).status_code == 403
    assert admin_client.get(f"{EXPORTS}{log.pk}/delete/").status_code == 403
