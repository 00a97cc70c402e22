"""Users and their permissions, as Django's own backend gives them."""

import pytest
from django.contrib.auth import authenticate
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import AnonymousUser, Group, Permission, User

from followers.accounts.backend import StaffBackend
from followers.models import StaffPreference


@pytest.fixture
def ann(db):
    ann = User.objects.create_user("ann", password="a long password")
    ann.user_permissions.set(Permission.objects.filter(codename="view_tag"))
    for name in ("Marketers", "Viewers"):
        role = Group.objects.create(name=name)
        role.permissions.set(Permission.objects.filter(codename__in=["view_tag", "view_channel"]))
        ann.groups.add(role)
    return ann


@pytest.mark.parametrize(
    "change", [{}, {"is_active": False}, {"is_superuser": True}, {"is_staff": True}]
)
def test_permissions_are_those_of_djangos_backend(ann, change):
    User.objects.filter(pk=ann.pk).update(**change)
    ours, djangos = (User.objects.get(pk=ann.pk) for _ in range(2))
    assert StaffBackend().get_all_permissions(ours) == ModelBackend().get_all_permissions(djangos)
    assert StaffBackend().get_all_permissions(ours, obj=ours) == set()


def test_nobody_has_no_permissions(db):
    assert StaffBackend().get_all_permissions(AnonymousUser()) == set()


def test_permissions_and_preferences_are_two_queries(ann, django_assert_num_queries):
    StaffPreference.objects.create(user=ann, follower_page_size=100)
    with django_assert_num_queries(2):
        user = StaffBackend().get_user(ann.pk)
        assert user.has_perms(["followers.view_tag", "followers.view_channel"])
        assert user.staff_preference.follower_page_size == 100


def test_who_is_not_active_is_nobody(ann, rf):
    User.objects.update(is_active=False)
    assert StaffBackend().get_user(ann.pk) is None
    assert authenticate(rf.post("/"), username="ann", password="a long password") is None


def test_who_is_gone_is_nobody(db):
    assert StaffBackend().get_user(1) is None
