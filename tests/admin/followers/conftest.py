import pytest
from django.test import Client

from followers.models import FollowerTag, Tag
from followers.runs import lease
from tests.factories import follow, make_unsubscribed

from .changing import ALL


@pytest.fixture
def sent(monkeypatch):
    """What was handed to the queue."""
    tasks = []
    monkeypatch.setattr(lease, "async_task", lambda *task: tasks.append(task))
    return tasks


@pytest.fixture
def marketer(make_staff, account) -> Client:
    return make_staff(account, "view_follower", "view_tag", *ALL)


@pytest.fixture
def vip(account) -> Tag:
    return Tag.objects.create(account=account, wechat_id=101, name="vip", follower_count=1)


@pytest.fixture
def people(account, vip):
    """Three who can be tagged, one who has the tag and one who left."""
    found = [follow(account, f"o{number}") for number in range(4)]
    FollowerTag.objects.create(follower=found[3], tag=vip)
    return [*found, make_unsubscribed(account, "gone")]
