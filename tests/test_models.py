import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone, translation

from followers.models import EPOCH, Follower, OfficialAccount, Run, SyncRun, Tag


@pytest.fixture
def other(db):
    return OfficialAccount.objects.create(name="Other", app_id="wx0000000000000001")


@pytest.fixture
def mei(django_user_model):
    return django_user_model.objects.create_user("mei")


def follower(account, openid="oA", **values):
    now = timezone.now()
    values = {"first_seen_at": now, "status_as_of": now} | values
    return Follower.objects.create(account=account, openid=openid, **values)


def run(account, status="queued"):
    return SyncRun.objects.create(account=account, status=status, created_at=timezone.now())


def refused():
    return pytest.raises(IntegrityError)


@pytest.mark.parametrize("first", Run.ACTIVE)
@pytest.mark.parametrize("second", Run.ACTIVE)
def test_the_database_allows_one_active_run(account, first, second):
    run(account, first)
    with refused(), transaction.atomic():
        run(account, second)


@pytest.mark.parametrize("status", ["review", "succeeded", "failed", "cancelled"])
def test_ended_runs_are_not_active(account, status):
    assert not run(account, status).is_active
    assert run(account).is_active


def test_every_status_is_active_or_has_ended_and_has_a_chinese_name():
    ended = {"review", "succeeded", "failed", "cancelled"}
    assert set(Run.Status.values) == ended | set(Run.ACTIVE)
    with translation.override("zh-hans"):
        assert not any(str(label).isascii() for label in Run.Status.labels)


def test_a_run_of_another_account(account, other):
    run(account)
    assert run(other)


def test_an_openid_is_unique_within_its_account(account, other):
    follower(account)
    follower(other)
    follower(account, "oa")
    with refused(), transaction.atomic():
        follower(account)


def test_two_accounts_may_use_the_same_tag_id(account, other):
    for owner in (account, other):
        Tag.objects.create(account=owner, wechat_id=2, name="星标组")
    with refused(), transaction.atomic():
        Tag.objects.create(account=account, wechat_id=2, name="VIP")


@pytest.mark.parametrize("app_id", ["wx5a4db0c5a4db0c50", "wxABCdef123"])
def test_app_ids(app_id):
    OfficialAccount(name="A", app_id=app_id).full_clean(validate_unique=False)


@pytest.mark.parametrize("app_id", ["", "5a4db0c5a4db0c50", "wx5a4db0c5 ", "wx12", "wx12345é"])
def test_what_is_no_app_id(app_id):
    with pytest.raises(ValidationError):
        OfficialAccount(name="A", app_id=app_id).full_clean(validate_unique=False)


def test_names(account):
    someone = follower(account)
    assert str(someone) == "oA"
    someone.remark = "王小姐"
    assert str(someone) == "王小姐"
    assert str(account) == "Tea House"


def test_no_secret_in_a_name(account):
    assert "5ec2e7" not in repr(account) + str(account)


def test_a_new_run_may_be_claimed():
    fresh = SyncRun()
    assert (fresh.status, fresh.ticket, fresh.version, fresh.lease_until) == ("queued", 0, 0, EPOCH)
