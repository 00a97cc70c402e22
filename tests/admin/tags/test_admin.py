import pytest

from followers.models import FollowerTag, Tag
from tests.factories import follow

TAGS = "/admin/followers/tag/"
ENGLISH = {"accept-language": "en"}
HOSTILE = "<script>alert(1)</script>"


@pytest.fixture
def reader(make_staff, account):
    return make_staff(account, "view_follower")


@pytest.fixture
def vip(account) -> Tag:
    return Tag.objects.create(account=account, wechat_id=100, name="vip-Gold", follower_count=1234)


def page_of(tag: Tag) -> str:
    return f"{TAGS}{tag.pk}/change/"


def link_of(tag: Tag) -> str:
    return f"?account__id__exact={tag.account_id}&amp;tags__id__exact={tag.pk}"


def test_the_list_has_the_tags_of_own_accounts_and_leads_to_their_followers(vip, foreign, reader):
    Tag.objects.create(account=foreign, wechat_id=100, name="elsewhere")
    page = reader.get(TAGS, headers=ENGLISH).content.decode()
    for text in ("vip-Gold", "1,234", link_of(vip), "Own tag"):
        assert text in page
    assert "elsewhere" not in page


def test_tags_of_several_accounts_are_told_apart(vip, foreign, admin_client):
    Tag.objects.create(account=foreign, wechat_id=100, name="elsewhere")
    both = admin_client.get(TAGS).content.decode()
    assert "elsewhere" in both
    assert foreign.name in both
    one = admin_client.get(TAGS, {"account__id__exact": vip.account_id}).content.decode()
    assert "elsewhere" not in one


def test_the_star_is_built_into_wechat(account, reader):
    Tag.objects.create(account=account, wechat_id=2, name="星标组")
    assert "Built into WeChat" in reader.get(TAGS, headers=ENGLISH).content.decode()


def test_a_list_without_tags_says_where_they_come_from(account, reader, vip):
    assert "No tag matches" in reader.get(f"{TAGS}?q=nothing", headers=ENGLISH).text
    vip.delete()
    assert "No tags yet" in reader.get(TAGS, headers=ENGLISH).text


def test_a_tag_shows_its_newest_followers(account, reader, vip):
    for number in range(22):
        follower = follow(account, f"oTagged{number:02}")
        FollowerTag.objects.create(tag=vip, follower=follower)
    follow(account, "oOther")
    page = reader.get(page_of(vip)).content.decode()
    assert link_of(vip) in page
    assert page.index("oTagged21") < page.index("oTagged02")
    assert "oTagged01" not in page
    assert "oOther" not in page


def test_who_may_see_tags_alone_sees_no_followers(account, make_staff, vip):
    FollowerTag.objects.create(tag=vip, follower=follow(account, "oTagged"))
    page = make_staff(account, "view_tag").get(page_of(vip))
    assert page.status_code == 200
    assert "oTagged" not in page.content.decode()


def test_a_foreign_tag_does_not_exist(foreign, reader):
    theirs = Tag.objects.create(account=foreign, wechat_id=100, name="x")
    assert reader.get(page_of(theirs)).status_code == 404


def test_without_permission_there_are_no_tags(account, make_staff, vip):
    assert make_staff(account).get(TAGS).status_code == 403


def test_nobody_edits_tags(admin_client, vip):
    assert admin_client.get(f"{TAGS}add/").status_code == 403
    assert admin_client.post(page_of(vip), {"name": "x"}).status_code == 403
    assert "delete_selected" not in admin_client.get(TAGS).content.decode()


def test_a_hostile_tag_is_shown_as_text(account, reader, vip):
    Tag.objects.update(name=HOSTILE)
    for address in (TAGS, page_of(vip)):
        page = reader.get(address).content.decode()
        assert HOSTILE not in page
        assert "&lt;script&gt;" in page
