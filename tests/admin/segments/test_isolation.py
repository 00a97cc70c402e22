"""A member of one account asks for everything of another: nothing comes back."""

import re

import pytest
from django.contrib.auth.models import User

from followers.models import ExportLog, Segment, SegmentId
from tests.admin.addresses import addresses
from tests.factories import follow

LIST = "/admin/followers/segment/"
FOLLOWERS = "/admin/followers/follower/"
SECRET = "秘密"


@pytest.fixture
def member(make_staff, account):
    rights = ("add_segment", "change_segment", "delete_segment", "manage_segments")
    seeing = ("view_follower", "view_exportlog", "export_follower", "tag_followers")
    return make_staff(account, *rights, *seeing)


@pytest.fixture
def own(account):
    follow(account, "oOwn", remark="Li")
    return Segment.objects.create(account=account, name="own", query="q=Li")


@pytest.fixture
def alien(foreign):
    follow(foreign, "oAlien", remark="Li", unionid="u1")
    return Segment.objects.create(account=foreign, name=SECRET, query=f"q={SECRET}")


@pytest.fixture
def kept(alien, foreign):
    values = {"query": "subscribed__exact=all", "pasted": 1}
    segment = Segment.objects.create(account=foreign, name=f"{SECRET} ids", **values)
    SegmentId.objects.create(segment=segment, position=0, text="oAlien")
    return segment


@pytest.fixture
def private(account):
    """A colleague's own."""
    owner = User.objects.create_user("colleague", is_staff=True)
    return Segment.objects.create(
        account=account, name=SECRET, query=f"q={SECRET}", owner=owner, shared=False
    )


@pytest.fixture(params=["alien", "kept", "private"])
def hidden(request):
    return request.getfixturevalue(request.param)


def state():
    return list(Segment.objects.order_by("pk").values()), ExportLog.objects.count()


def test_no_address_answers(member, own, hidden):
    before, asked = state(), 0
    for name, address in addresses({"followers_segment": [hidden.pk]}):
        if name.startswith("followers_segment_") and str(hidden.pk) in address:
            for answer in (member.get(address), member.post(address, {"name": "x", "shared": "1"})):
                assert answer.status_code in (403, 404, 405), (name, answer.status_code)
                assert SECRET not in answer.text
            asked += 1
    assert asked >= 8
    assert state() == before


@pytest.mark.parametrize("more", ["", "&account__id__exact={own}", "&account__id__exact={alien}"])
def test_no_list_shows_them(member, own, hidden, more):
    given = more.format(own=own.account_id, alien=hidden.account_id)
    page = member.get(f"{FOLLOWERS}?segment={hidden.pk}{given}").text
    assert SECRET not in page
    assert "oAlien" not in page
    assert "oOwn" not in page


@pytest.mark.parametrize("page", [LIST, f"{LIST}?q={SECRET}", "/admin/", FOLLOWERS])
def test_no_page_names_them(member, own, hidden, page):
    text = re.sub(r'value="[^"]*"', "", member.get(page).text)
    assert SECRET not in text


def test_no_export_has_them(member, own, hidden):
    form = {"action": "export_csv", "index": "0", "select_across": "1", "_selected_action": "0"}
    answer = member.post(f"{FOLLOWERS}?segment={hidden.pk}", form)
    assert answer.status_code in (200, 302)
    assert not ExportLog.objects.exists()


@pytest.mark.parametrize("form", ["segment", "query", "nested"])
def test_no_segment_is_saved_with_them(member, own, hidden, form):
    before = state()
    forms = {
        "segment": {"query": "q=x", "segment": hidden.pk},
        "query": {"query": f"account__id__exact={hidden.account_id}&segment={hidden.pk}"},
        "nested": {"query": f"segment={hidden.pk}", "segment": own.pk},
    }
    answer = member.post(f"{LIST}save/", {"name": "x", **forms[form]}, follow=True)
    assert SECRET not in answer.text
    assert state() == before


def test_ids_are_not_looked_up_elsewhere(member, own, alien, foreign):
    for account in (foreign.pk, own.account_id):
        page = member.post(f"{LIST}paste/", {"account": account, "ids": "oAlien u1"}, follow=True)
        assert foreign.name not in page.text
        assert SECRET not in page.text
    kept = Segment.objects.get(pasted=2)
    assert kept.account == own.account
    file = member.get(f"{LIST}{kept.pk}/ids/").getvalue().decode()
    assert [line.split(",")[1] for line in file.splitlines()[1:]] == ["0", "0"]


def test_a_colleagues_segment_within_a_shared_one_tells_nothing(member, private):
    outer = {"account": private.account, "name": "outer", "query": f"segment={private.pk}"}
    segment = Segment.objects.create(**outer)
    for address in (LIST, f"{LIST}{segment.pk}/change/", f"{FOLLOWERS}?segment={segment.pk}"):
        assert SECRET not in member.get(address).text


def test_superusers_see_all(admin_client, hidden):
    assert SECRET in admin_client.get(LIST).text
