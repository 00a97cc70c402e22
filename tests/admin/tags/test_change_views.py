import re

import pytest

from followers.admin.tags import change_views
from followers.changes import tag_kinds
from followers.changes.undo import count_undoable
from followers.models import EditRun, OfficialAccount, Tag
from followers.runs import lease
from tests.changes.driver import drive, numbers
from tests.factories import follow
from tests.sync.driver import SECRET, FakeWeChat
from tests.sync.truth import biggest, run_of, tags_here, tags_there

TAGS = "/admin/followers/tag/"
ENGLISH = {"accept-language": "en"}


@pytest.fixture(autouse=True)
def _no_queue(monkeypatch):
    monkeypatch.setattr(lease, "async_task", lambda *task: None)


@pytest.fixture
def keeper(make_staff, account):
    return make_staff(account, "view_follower", "manage_tags", "tag_followers")


@pytest.fixture
def vip(account) -> Tag:
    return Tag.objects.create(account=account, wechat_id=101, name="vip", follower_count=3)


def post(client, address, **form):
    return client.post(f"{TAGS}{address}/", form, follow=True, headers=ENGLISH).text


def test_a_tag_is_created_from_the_list(keeper, account):
    assert 'data-bytes="30"' in keeper.get(TAGS, headers=ENGLISH).text
    page = post(keeper, "create", account=account.pk, name=" 会员 ")
    assert "Create the tag “会员”" in page
    step = EditRun.objects.get().steps.get()
    assert (step.action, step.name) == ("create_tag", "会员")


@pytest.mark.parametrize("name", ["", "十一个汉字的标签名称长", "vip"])
def test_what_wechat_would_refuse_is_refused_in_words(keeper, account, vip, name):
    assert (
        "/admin/followers/tag/"
        in keeper.post(f"{TAGS}create/", {"account": account.pk, "name": name}).url
    )
    assert not EditRun.objects.exists()


def test_the_hundred_and_first_tag_is_refused(keeper, account):
    Tag.objects.bulk_create(
        Tag(account=account, wechat_id=100 + i, name=f"tag {i}") for i in range(100)
    )
    assert "100 of at most 100 tags" in keeper.get(TAGS, headers=ENGLISH).text
    assert "100 tags" in post(keeper, "create", account=account.pk, name="one more")
    assert not EditRun.objects.exists()


def test_a_tag_is_renamed_and_deleted(keeper, vip):
    assert "Rename the tag “vip” to “gold”" in post(keeper, f"{vip.pk}/rename", name="gold")
    assert "Delete the tag “vip”" in post(keeper, f"{vip.pk}/remove")
    assert EditRun.objects.count() == 2
    page = keeper.get(f"{TAGS}{vip.pk}/change/", headers=ENGLISH).text
    assert page.count("/progress/") == 2
    assert "the name is the same" in post(keeper, f"{vip.pk}/rename", name="vip")


@pytest.mark.parametrize("number", [0, 1, 2])
def test_tags_of_wechat_itself_stay_as_they_are(keeper, account, number):
    star = Tag.objects.create(account=account, wechat_id=number, name="star")
    page = keeper.get(f"{TAGS}{star.pk}/change/", headers=ENGLISH).text
    assert "built into WeChat" in page
    assert "/rename/" not in page
    assert "/remove/" not in page
    for name in ("rename", "remove", "clear"):
        post(keeper, f"{star.pk}/{name}", name="x")
    assert not EditRun.objects.exists()


def test_a_tag_with_too_many_is_emptied_first(keeper, account, vip):
    Tag.objects.filter(pk=vip.pk).update(follower_count=100_001)
    page = keeper.get(f"{TAGS}{vip.pk}/change/", headers=ENGLISH).text
    assert "Take the tag off all 100,001 followers" in page
    assert "/remove/" not in page
    post(keeper, f"{vip.pk}/remove")
    assert not EditRun.objects.exists()
    follow(account, "o1").tags.add(vip)
    form = {"action": "edit_tag", "index": "0", "select_across": "1", "_selected_action": "0"}
    emptied = keeper.post(
        f"/admin/followers/follower/?account__id__exact={account.pk}&tags__id__exact={vip.pk}",
        {**form, "step": "preview", "remove_tag": vip.pk},
        headers=ENGLISH,
    )
    assert "Start for 1 followers" in emptied.text


def test_a_tag_with_too_many_is_emptied_and_deleted_in_one_go(
    keeper, account, connect, queue, monkeypatch
):
    OfficialAccount.objects.update(app_secret=SECRET)
    account.refresh_from_db()
    for module in (tag_kinds, change_views):
        monkeypatch.setattr(module, "MAX_FOLLOWERS_TO_DELETE_TAG", 60)
    crowd = {"tags": 1, "tag_percent": 70, "delete_limit": 60}
    wechat = connect(FakeWeChat(120, app_id=account.app_id, page_size=100, **crowd))
    run_of(account, "listing", "tags")
    big = Tag.objects.get(wechat_id=biggest(wechat))
    assert big.follower_count > 60
    page = keeper.get(f"{TAGS}{big.pk}/change/", headers=ENGLISH).text
    assert "2 calls to WeChat" in page
    nonce = re.search(r'name="nonce" value="([^"]+)"', page)[1]
    for _ in range(2):
        post(keeper, f"{big.pk}/clear", nonce=nonce)
    run = drive(EditRun.objects.get())
    assert [(step.action, step.status) for step in run.steps.all()] == [
        ("untag", "done"),
        ("delete_tag", "done"),
    ]
    assert (run.status, *numbers(run)) == ("succeeded", big.follower_count + 1, 0, 0)
    assert tags_here(account) == tags_there(wechat)
    assert not Tag.objects.filter(pk=big.pk).exists()
    assert count_undoable(run) == 0


def test_whoever_may_not_untag_is_told_alone(make_staff, account, vip):
    Tag.objects.filter(pk=vip.pk).update(follower_count=100_001)
    client = make_staff(account, "view_follower", "manage_tags")
    page = client.get(f"{TAGS}{vip.pk}/change/", headers=ENGLISH).text
    assert "more than 100,000" in page
    assert "/clear/" not in page
    assert client.post(f"{TAGS}{vip.pk}/clear/").status_code == 403
    assert not EditRun.objects.exists()


def test_who_may_not_manage_gets_403(make_staff, account, vip):
    client = make_staff(account, "view_follower", "tag_followers")
    assert "/create/" not in client.get(TAGS).text
    assert "/rename/" not in client.get(f"{TAGS}{vip.pk}/change/").text
    for address in ("create", *(f"{vip.pk}/{name}" for name in ("rename", "remove", "clear"))):
        form = {"name": "x", "account": account.pk}
        assert client.post(f"{TAGS}{address}/", form).status_code == 403
    assert not EditRun.objects.exists()


def test_no_tag_is_made_for_a_foreign_account(keeper, foreign):
    post(keeper, "create", account=foreign.pk, name="x")
    assert not EditRun.objects.exists()
    assert keeper.get(f"{TAGS}create/").status_code == 405


def test_the_tag_of_another_account_is_not_there(keeper, foreign):
    alien = Tag.objects.create(account=foreign, wechat_id=101, name="alien")
    assert keeper.post(f"{TAGS}{alien.pk}/remove/").status_code == 404
