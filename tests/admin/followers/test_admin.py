import csv
import io
import re
from datetime import UTC, datetime, timedelta

import pytest

from followers.admin.followers import paginator
from followers.models import ExportLog, Follower, OfficialAccount
from tests.factories import LONG_AGO, begin, end, follow, make_unsubscribed

LIST = "/admin/followers/follower/"
ENGLISH = {"accept-language": "en"}
ALL = {"action": "export_csv", "index": "0", "select_across": "1", "_selected_action": "0"}
HOSTILE = "<script>alert(1)</script>\"'{{ 7 }}\u202eevil"


@pytest.fixture
def exporter(make_staff, account):
    return make_staff(account, "view_follower", "export_follower")


@pytest.fixture
def reader(make_staff, account):
    return make_staff(account, "view_follower")


def shown(response) -> list[str]:
    return [row.openid for row in response.context["cl"].result_list]


def downloaded(response) -> list[str]:
    """The openids in the file that a request was answered with."""
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    text = b"".join(response.streaming_content).decode()
    assert text[0] == "\ufeff"
    return [row[1] for row in csv.reader(io.StringIO(text[1:], newline=""))][1:]


def page_of(follower: Follower) -> str:
    return f"{LIST}{follower.pk}/change/"


# --- the list ---------------------------------------------------------------------------------


def test_staff_see_the_followers_of_their_accounts(account, foreign, reader, admin_client):
    follow(account, "ours")
    follow(foreign, "theirs")
    assert shown(reader.get(LIST)) == ["ours"]
    assert shown(admin_client.get(LIST)) == ["theirs", "ours"]


def test_staff_without_an_account_see_nobody(account, make_staff):
    follow(account, "ours")
    assert shown(make_staff(None, "view_follower").get(LIST)) == []


def test_staff_without_permission_see_no_list(account, make_staff):
    assert make_staff(account).get(LIST).status_code == 403


def test_the_list_covers_all_accounts_without_redirecting(account, foreign, admin_client):
    follow(account, "a")
    follow(foreign, "b")
    page = admin_client.get(LIST)
    assert page.status_code == 200
    assert "field-account_name" in page.content.decode()


def test_one_account_needs_no_name_on_every_row(account, foreign, reader, admin_client):
    follow(account, "a")
    assert "field-account_name" not in reader.get(LIST).content.decode()
    one = admin_client.get(LIST, {"account__id__exact": account.pk})
    assert "field-account_name" not in one.content.decode()


def test_the_day_of_leaving_has_a_column_once_somebody_left(account, reader):
    follow(account, "a")
    assert "field-left" not in reader.get(LIST).content.decode()
    make_unsubscribed(account, "b")
    assert "field-left" not in reader.get(LIST).content.decode()
    assert "field-left" in reader.get(LIST, {"subscribed__exact": "0"}).content.decode()


def test_who_was_there_at_the_start_is_not_shown_as_new(account, reader):
    OfficialAccount.objects.update(baseline_at=LONG_AGO)
    follow(account, "old")
    page = reader.get(LIST, headers=ENGLISH).content.decode()
    assert "Present at the start" in page
    OfficialAccount.objects.update(baseline_at=LONG_AGO - timedelta(seconds=1))
    assert "Present at the start" not in reader.get(LIST, headers=ENGLISH).content.decode()


def test_a_page_beyond_the_last_is_the_last(account, reader):
    for number in range(51):
        follow(account, f"o{number:02}")
    assert shown(reader.get(LIST, {"p": "99"})) == ["o00"]
    assert shown(reader.get(LIST, {"p": "x"}))[0] == "o50"


@pytest.mark.parametrize("head", [1000, 1])
def test_counts_are_exact_up_to_the_limit(account, reader, monkeypatch, head):
    monkeypatch.setattr(paginator, "LIMIT", 3)
    monkeypatch.setattr(paginator, "HEAD", min(head, 2))
    for openid in "abc":
        follow(account, openid)
    assert reader.get(LIST).context["cl"].paginator.count_text == "3"
    follow(account, "d")
    follow(account, "e")
    page = reader.get(LIST)
    assert page.context["cl"].paginator.count_text == "3+"
    assert "3+" in page.content.decode()


def test_an_unknown_filter_shows_nobody(account, reader):
    follow(account, "oA")
    page = reader.get(LIST, {"colour": "green"}, follow=True, headers=ENGLISH)
    assert "a filter that does not exist" in page.content.decode()
    assert page.context["cl"].result_count == 0


def test_the_empty_list_says_what_to_do(account, reader, make_staff):
    page = reader.get(LIST, headers=ENGLISH).content.decode()
    assert "No followers yet" in page
    # Nobody is sent to buttons that they do not have.
    assert "Go to the accounts" not in page
    syncing = make_staff(account, "view_follower", "view_officialaccount", "sync_officialaccount")
    assert "Go to the accounts" in syncing.get(LIST, headers=ENGLISH).text
    assert "No follower matches" in reader.get(LIST, {"q": "x"}, headers=ENGLISH).content.decode()


@pytest.mark.parametrize("lead", ["remark", "openid"])
def test_hostile_text_is_shown_as_text(account, reader, lead):
    follower = follow(account, **{"openid": "oX", "remark": "r", lead: HOSTILE})
    for address in (LIST, page_of(follower), f"{LIST}?q={HOSTILE}"):
        page = reader.get(address).content.decode()
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert(1)" in page


def test_an_openid_keeps_its_case_in_the_title(account, reader):
    page = reader.get(page_of(follow(account, "oAbcdefgh"))).content.decode()
    assert "OAbcdefgh" not in page


def test_nobody_adds_changes_or_deletes_followers(account, admin_client):
    follower = follow(account, "a")
    assert admin_client.get(f"{LIST}add/").status_code == 403
    assert admin_client.post(page_of(follower), {"remark": "x"}).status_code == 403
    assert admin_client.get(f"{LIST}{follower.pk}/delete/").status_code == 403
    assert "delete_selected" not in admin_client.get(LIST).content.decode()


# --- one follower -----------------------------------------------------------------------------


def test_the_timeline_tells_what_happened_latest_first(account, reader):
    follower = follow(account, "a")
    end(follower, datetime(2024, 2, 2, tzinfo=UTC))
    begin(follower, datetime(2024, 2, 3, tzinfo=UTC))
    timeline = reader.get(page_of(follower), headers=ENGLISH).context["timeline"]
    assert [event.text for event in timeline] == ["Followed again", "Unfollowed", "First seen"]


def test_the_beginning_of_the_timeline_knows_the_first_sync(account, reader):
    OfficialAccount.objects.update(baseline_at=LONG_AGO)
    page = reader.get(page_of(follow(account, "a")), headers=ENGLISH)
    assert [event.text for event in page.context["timeline"]] == ["Present at the start"]


@pytest.mark.parametrize(
    ("since", "words"),
    [
        (None, "What was changed from here has the time"),
        (LONG_AGO, "is WeChat's own, and what was"),
    ],
)
def test_the_page_says_whose_times_are_shown(account, reader, since, words):
    page = reader.get(page_of(follow(account, "a", subscribe_time=since)), headers=ENGLISH)
    assert words in page.content.decode()


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_times_look_the_same_everywhere(account, reader, language):
    at = datetime(2024, 2, 3, 4, 5, tzinfo=UTC)
    follower = follow(account, "a", details_synced_at=at, status_as_of=at)
    page = reader.get(page_of(follower), headers={"accept-language": language})
    assert page.content.decode().count("2024-02-03 12:05") == 2


def test_the_same_person_elsewhere_only_in_own_accounts(account, foreign, reader, admin_client):
    follower = follow(account, "here", unionid="u1")
    follow(foreign, "there", unionid="u1")
    follow(foreign, "other", unionid="u2")
    assert b"there" in admin_client.get(page_of(follower)).content
    assert b"other" not in admin_client.get(page_of(follower)).content
    assert b"there" not in reader.get(page_of(follower)).content


def test_without_a_unionid_nobody_is_the_same_person(account, foreign, admin_client):
    follower = follow(account, "here")
    follow(foreign, "there")
    assert admin_client.get(page_of(follower)).context["siblings"] == []


def test_a_follower_of_a_foreign_account_does_not_exist(account, foreign, reader):
    assert reader.get(page_of(follow(foreign, "theirs"))).status_code == 404


# --- export -----------------------------------------------------------------------------------


def test_ticked_followers_are_exported(account, exporter):
    ticked = [follow(account, "a").pk, follow(account, "b").pk]
    follow(account, "c")
    data = {"action": "export_csv", "index": "0", "_selected_action": ticked}
    assert downloaded(exporter.post(LIST, data)) == ["a", "b"]
    logged = ExportLog.objects.get().filters
    assert logged == {"params": {"subscribed__exact": ["1"]}, "selected": 2}


def test_all_that_match_are_exported(account, exporter):
    for number in range(55):
        make_unsubscribed(account, f"o{number:02}")
    follow(account, "here")
    openids = downloaded(exporter.post(f"{LIST}?subscribed__exact=0&q=o", ALL))
    assert openids == [f"o{number:02}" for number in range(55)]
    log = ExportLog.objects.get()
    assert (log.rows, log.complete, log.account) == (55, True, account)
    assert log.filters == {"params": {"subscribed__exact": ["0"], "q": ["o"]}, "selected": None}


def test_an_export_stays_within_own_accounts(account, foreign, exporter):
    follow(account, "ours")
    theirs = follow(foreign, "theirs")
    assert downloaded(exporter.post(LIST, ALL)) == ["ours"]
    data = {"action": "export_csv", "index": "0", "_selected_action": [theirs.pk]}
    assert downloaded(exporter.post(LIST, data)) == []


@pytest.mark.parametrize(
    "query", ["first_seen_from=2024/10/31", "subscribed__exact=7", "q=%00", "colour=green"]
)
def test_a_filter_that_cannot_be_read_exports_nothing(account, exporter, query):
    follow(account, "a")
    response = exporter.post(f"{LIST}?{query}", ALL)
    assert response.status_code == 302
    assert not ExportLog.objects.exists()


def test_a_filter_that_matches_nobody_gives_an_empty_file(account, exporter):
    follow(account, "a")
    assert downloaded(exporter.post(f"{LIST}?q=nobody", ALL)) == []


def test_without_permission_there_is_neither_button_nor_action(account, reader):
    follow(account, "a")
    assert "export_csv" not in reader.get(LIST).content.decode()
    response = reader.post(LIST, ALL)
    assert response["Content-Type"].startswith("text/html")
    assert not ExportLog.objects.exists()


def test_the_button_carries_filter_and_search_and_says_how_many(account, exporter):
    follow(account, "oAB")
    follow(account, "pX")
    page = exporter.get(LIST, {"q": "oA", "subscribed__exact": "1"}).content.decode()
    assert 'action="?q=oA&amp;subscribed__exact=1"' in page
    assert "对全部 1 位" in page


def test_the_file_is_named_after_account_and_day(account, exporter):
    name = exporter.post(LIST, ALL)["Content-Disposition"]
    assert name.startswith("attachment; filename*=utf-8''%E6%97%97%E8%88%B0%E5%BA%97-")
    assert name.endswith(".csv")


def test_a_browser_that_leaves_is_logged_as_incomplete(account, exporter):
    follow(account, "a")
    response = exporter.post(LIST, ALL)
    next(response.streaming_content)
    # Closes the response as servers do, but leaves the test its database connection.
    response._iterator.close()
    log = ExportLog.objects.get()
    assert (log.rows, log.complete) == (0, False)


def test_the_count_of_an_account_leads_to_those_whom_it_counts(account, staff):
    follow(account, "oA")
    make_unsubscribed(account, "oB")
    page = staff.get("/admin/").text
    link = re.search(r'<p class="wx-count">\s*<a href="([^"]+)">1</a>', page)[1]
    assert staff.get(link.replace("&amp;", "&")).context["cl"].result_count == 1
