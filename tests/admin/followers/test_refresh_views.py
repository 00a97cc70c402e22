import pytest

from followers.admin.followers import refresh_views
from followers.models import Follower
from followers.wechat.errors import Explanation
from tests.factories import follow, make_unsubscribed

LIST = "/admin/followers/follower/"
ENGLISH = {"accept-language": "en"}


@pytest.fixture
def asked(monkeypatch) -> list[list[int]]:
    """What WeChat would be asked about; it answers all but the last, who has left."""
    calls: list[list[int]] = []

    def refresh(account, ids):
        calls.append(list(ids))
        assert account.pk == Follower.objects.get(pk=ids[0]).account_id
        now = refresh_views.db_now()
        Follower.objects.filter(pk__in=ids[:-1]).update(details_synced_at=now)
        Follower.objects.filter(pk=ids[-1]).update(subscribed=False, status_as_of=now)

    monkeypatch.setattr(refresh_views, "refresh_profiles", refresh)
    return calls


def tick(client, *followers: Follower) -> str:
    data = {"action": "refresh_details", "index": "0"}
    data["_selected_action"] = [follower.pk for follower in followers]
    everybody = f"{LIST}?subscribed__exact=all"
    return client.post(everybody, data, follow=True, headers=ENGLISH).content.decode()


def test_ticked_followers_are_refreshed(account, staff, asked):
    people = [follow(account, openid) for openid in "abc"]
    page = tick(staff, *people)
    assert [sorted(ids) for ids in asked] == [[person.pk for person in people]]
    assert "Refreshed the details of 2 followers." in page
    assert "1 of them no longer follows." in page


def test_who_had_left_before_is_counted_apart(account, staff, asked):
    page = tick(staff, follow(account, "a"), make_unsubscribed(account, "b"))
    assert "Refreshed the details of 1 follower." in page
    assert "1 of them no longer follows." in page


def test_a_person_is_refreshed_from_their_page(account, staff, asked):
    person = follow(account, "a")
    assert "Refresh details" in staff.get(f"{LIST}{person.pk}/change/", headers=ENGLISH).text
    assert staff.get(f"{LIST}{person.pk}/refresh/").status_code == 405
    answer = staff.post(f"{LIST}{person.pk}/refresh/")
    assert answer.url == f"{LIST}{person.pk}/change/"
    assert asked == [[person.pk]]


def test_a_refusal_is_shown_in_words(account, staff, monkeypatch):
    refusal = Explanation("No permission.", "Ask for it.", "48001")
    monkeypatch.setattr(refresh_views, "refresh_profiles", lambda *_: refusal)
    assert "No permission. Ask for it." in tick(staff, follow(account, "a"))


def test_more_than_one_call_takes_is_refused(account, staff, asked, monkeypatch):
    monkeypatch.setattr(refresh_views, "BATCHGET_LIMIT", 2)
    page = tick(staff, *(follow(account, openid) for openid in "abc"))
    assert "At most 2 followers" in page
    assert asked == []


def test_followers_of_two_accounts_are_refused(account, foreign, admin_client, asked):
    page = tick(admin_client, follow(account, "a"), follow(foreign, "b"))
    assert "Choose followers of one account" in page
    assert asked == []


def test_only_who_may_sync_refreshes(account, make_staff, asked):
    person = follow(account, "a")
    reader = make_staff(account, "view_follower")
    assert "refresh" not in reader.get(f"{LIST}{person.pk}/change/").text
    assert reader.post(f"{LIST}{person.pk}/refresh/").status_code == 403
    tick(reader, person)
    assert asked == []


def test_foreign_followers_are_not_refreshed(account, foreign, staff, asked):
    theirs = follow(foreign, "a")
    assert staff.post(f"{LIST}{theirs.pk}/refresh/").status_code == 404
    tick(staff, theirs)
    assert asked == []
