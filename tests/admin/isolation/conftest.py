"""Two accounts of which everything is known, and a member of one who may do everything there."""

import pytest
from django.apps import apps
from django.contrib.auth.models import Permission, User
from django.test import Client

from followers.models import OfficialAccount, Segment
from followers.runs import heartbeat, lease

from .everything import Everything

LABELS = ("followers", "auth")


@pytest.fixture(autouse=True)
def _no_queue(monkeypatch):
    monkeypatch.setattr(lease, "async_task", lambda *task: None)


@pytest.fixture(autouse=True)
def _lasting_worker(monkeypatch):
    """So many answers outlive the worker, and pages would begin to say so."""
    monkeypatch.setattr(heartbeat, "ALIVE_SECONDS", 3600)


@pytest.fixture
def own(db):
    return Everything("oWn", "wx0000000000000001", User.objects.create_user("own", is_staff=True))


@pytest.fixture
def foreign(own):
    """Everything of another account, and what a colleague keeps for themselves in the own one."""
    owner = User.objects.create_user("colleague", is_staff=True)
    # Else the member might manage the colleague, who would be theirs alone.
    OfficialAccount.objects.create(name="third", app_id="wx0000000000000003").members.add(owner)
    found = Everything("sEcReT", "wx0000000000000002", owner)
    own.account.members.add(owner)
    values = {"account": own.account, "owner": owner, "shared": False}
    hidden = Segment.objects.create(name=f"{found.mark}-hidden", query="q=x", **values)
    found.segments.append(hidden)
    return found


@pytest.fixture(params=["of one account", "of two accounts"])
def member(request, own):
    """May do everything but what superusers may."""
    user = User.objects.create_user("member", is_staff=True)
    codenames = [name for label in LABELS for name in declared(label)]
    user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    user.official_accounts.add(own.account)
    if request.param == "of two accounts":
        user.official_accounts.add(
            OfficialAccount.objects.create(name="fourth", app_id="wx0000000000000004")
        )
    return signed_in(user)


def declared(label):
    for model in apps.get_app_config(label).get_models():
        yield from (f"{do}_{model._meta.model_name}" for do in model._meta.default_permissions)
        yield from (codename for codename, _name in model._meta.permissions)


@pytest.fixture
def above(db):
    return signed_in(User.objects.create_superuser("above"))


@pytest.fixture
def without_permissions(own):
    user = User.objects.create_user("nobody", is_staff=True)
    user.official_accounts.add(own.account)
    return signed_in(user)


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client
