"""Rights in the reader's language, grouped by what they open."""

import re

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, Permission, User
from django.utils import translation

from followers.admin.staff.permission_fields import grouped_choices, page_permissions

ADD_ROLE = "/admin/auth/group/add/"


def groups():
    return dict(grouped_choices(page_permissions()))


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_right_that_opens_something_is_offered_once(db, language):
    with translation.override(language):
        keys = [key for rights in groups().values() for key, _label in rights]
    pages = {(it._meta.app_label, it._meta.model_name): it for it in admin.site._registry}
    rights = Permission.objects.select_related("content_type")
    offered = [it for it in rights if (it.content_type.natural_key() in pages)]
    nothing = [it for it in offered if it.pk not in keys]
    assert len(set(keys)) == len(keys) == len(offered) - len(nothing)
    # Nobody adds, changes or deletes what is only looked at.
    looked_at = {"follower", "tag", "syncrun", "editrun", "exportlog"}
    usual = {f"{action}_{name}" for action in ("add", "change", "delete") for name in looked_at}
    assert {it.codename for it in nothing} == usual


def test_rights_are_grouped_by_page(db):
    with translation.override("zh-hans"):
        found = {title: [label for _key, label in rights] for title, rights in groups().items()}
    assert found["粉丝"] == ["查看", "导出粉丝"]
    assert found["渠道"] == ["查看", "添加", "修改", "删除"]
    assert next(iter(found)) == "公众号"
    assert set(list(found)[-2:]) == {"成员", "权限组"}


def test_where_no_group_is_there_yet_the_page_says_so(admin_client, account):
    address = f"/admin/auth/user/{User.objects.get().pk}/change/"
    assert "还没有。" in admin_client.get(address).text
    Group.objects.create(name="运营")
    assert "还没有。" not in admin_client.get(address).text


def test_deleting_a_role_lists_no_rows_that_mean_nothing(admin_client):
    role = Group.objects.create(name="运营")
    role.permissions.set(page_permissions())
    role.user_set.add(User.objects.create_user("ann"))
    page = admin_client.get(f"/admin/auth/group/{role.pk}/delete/").text
    assert "权限组: 1" in page
    assert "object (" not in page
    assert "关系" not in page


def test_no_right_is_named_in_english(admin_client):
    page = admin_client.get(ADD_ROLE).text
    assert "打标签" in page
    # The database's own names: “Can add tag”.
    assert not re.findall(r"Can [a-z]+", page)


def test_what_is_ticked_is_saved(admin_client):
    rights = list(Permission.objects.filter(codename__in=["view_follower", "undo_edits"]))
    form = {"name": "运营", "permissions": [right.pk for right in rights]}
    assert admin_client.post(ADD_ROLE, form).status_code == 302
    role = Group.objects.get(role=None)
    assert set(role.permissions.all()) == set(rights)
    user = User.objects.create_user("ann")
    page = admin_client.get(f"/admin/auth/group/{role.pk}/change/").text
    assert len(re.findall(r'name="permissions"[^>]* checked', page)) == 2
    page = admin_client.get(f"/admin/auth/user/{user.pk}/change/").text
    assert re.findall(r'type="checkbox" name="groups" value="\d+"', page)
