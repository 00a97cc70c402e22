"""The columns by which lists are ordered and narrowed (0015, 0016) are right for rows of before."""

from datetime import timedelta

import pytest

from tests.factories import LONG_AGO
from tests.installation import new_database

from .before import connected, migrate

BEFORE, AFTER = "0014_subscription_ends_and_scenes", "0016_list_order"
FOLLOWED_AT = LONG_AGO - timedelta(days=400)
# By openid: unionid, when WeChat says that they followed, whether they left, tags.
PEOPLE = {
    "oOfTwoAccounts": ("u1", FOLLOWED_AT, False, ("vip", "new")),
    "oNotAskedYet": ("", None, False, ("new",)),
    "oOfOneAccount": ("u2", FOLLOWED_AT, False, ()),
    "oLeftWithTag": ("", FOLLOWED_AT, True, ("vip",)),
    "oUntagged": ("", None, False, ()),
}
ELSEWHERE = {"oThere": ("u1", None, True, ()), "oThereAlone": ("u3", None, False, ("far",))}


@pytest.fixture(scope="module")
def filled(tmp_path_factory, django_db_blocker):
    """A database that was filled before and then upgraded, and its models."""
    database = new_database(tmp_path_factory.mktemp("filled"))
    try:
        with django_db_blocker.unblock(), connected(database):
            insert(migrate(BEFORE))
            apps = migrate(AFTER)
        yield database, apps
    finally:
        database.drop()


@pytest.fixture
def upgraded(filled, django_db_blocker):
    """The models of after; tests only read."""
    database, apps = filled
    with django_db_blocker.unblock(), connected(database):
        yield apps


def insert(apps):
    for number, people in enumerate((PEOPLE, ELSEWHERE)):
        account = create(apps, "OfficialAccount", name=f"A{number}", app_id=f"wx{number}")
        names = {name for _unionid, _at, _left, tags in people.values() for name in tags}
        tags = {
            name: create(apps, "Tag", account=account, wechat_id=100 + place, name=name)
            for place, name in enumerate(sorted(names))
        }
        for openid, (unionid, followed_at, left, own) in people.items():
            person = create(
                apps,
                "Follower",
                account=account,
                openid=openid,
                unionid=unionid,
                subscribe_time=followed_at,
                subscribed=not left,
                unsubscribed_at=LONG_AGO if left else None,
                remark=f"remark of {openid}",
                note="",
                first_seen_at=LONG_AGO,
                status_as_of=LONG_AGO,
            )
            for name in own:
                create(apps, "FollowerTag", follower=person, tag=tags[name])


def create(apps, model, **values):
    return apps.get_model("followers", model).objects.create(**values)


def test_the_columns_are_filled(upgraded):
    followers = upgraded.get_model("followers", "Follower").objects
    everybody = PEOPLE | ELSEWHERE
    rows = followers.values_list(
        "openid", "followed_at", "has_tags", "unionid_is_shared", "subscribed", "remark"
    )
    assert {row[0]: row[1:] for row in rows} == {
        openid: (at or LONG_AGO, bool(tags), unionid == "u1", not left, f"remark of {openid}")
        for openid, (unionid, at, left, tags) in everybody.items()
    }


def test_memberships_repeat_when_their_follower_followed(upgraded):
    rows = upgraded.get_model("followers", "FollowerTag").objects
    found = rows.values_list("follower__openid", "tag__name", "followed_at")
    assert set(found) == {
        (openid, name, at or LONG_AGO)
        for openid, (_unionid, at, _left, tags) in (PEOPLE | ELSEWHERE).items()
        for name in tags
    }
