import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone, translation

from followers.models import EPOCH, Follower, OfficialAccount, Run, SyncRun, Tag


@pytest.fixture
def other_account(db):
    return OfficialAccount.objects.create(name="Other", app_id="wx0000000000000001")


def make_follower(account, openid="oA", **values):
    now = timezone.now()
    values = {"first_seen_at": now, "status_as_of": now} | values
    return Follower.objects.create(account=account, openid=openid, **values)


def make_run(account, status="queued"):
    return SyncRun.objects.create(account=account, status=status, created_at=timezone.now())


def raises_integrity_error():
    return pytest.raises(IntegrityError)


@pytest.mark.parametrize("first", Run.ACTIVE)
@pytest.mark.parametrize("second", Run.ACTIVE)
def test_the_database_allows_one_active_run(account, first, second):
    make_run(account, first)
    with raises_integrity_error(), transaction.atomic():
        make_run(account, second)


@pytest.mark.parametrize("status", ["review", "succeeded", "failed", "cancelled"])
def test_ended_runs_are_not_active(account, status):
    assert not make_run(account, status).is_active
    assert make_run(account).is_active


def test_every_status_is_active_or_has_ended_and_has_a_chinese_name():
    ended = {"review", "succeeded", "failed", "cancelled"}
    assert set(Run.Status.values) == ended | set(Run.ACTIVE)
    with translation.override("zh-hans"):
        assert not any(str(label).isascii() for label in Run.Status.labels)


def test_a_run_of_another_account(account, other_account):
    make_run(account)
    assert make_run(other_account)


def test_an_openid_is_unique_within_its_account(account, other_account):
    make_follower(account)
    make_follower(other_account)
    make_follower(account, "oa")
    with raises_integrity_error(), transaction.atomic():
        make_follower(account)


def test_two_accounts_may_use_the_same_tag_id(account, other_account):
    for owner in (account, other_account):
        Tag.objects.create(account=owner, wechat_id=2, name="星标组")
    with raises_integrity_error(), transaction.atomic():
        Tag.objects.create(account=account, wechat_id=2, name="VIP")


@pytest.mark.parametrize("app_id", ["wx5a4db0c5a4db0c50", "wxABCdef123"])
def test_valid_app_ids(app_id):
    OfficialAccount(name="A", app_id=app_id).full_clean(validate_unique=False)


@pytest.mark.parametrize("app_id", ["", "5a4db0c5a4db0c50", "wx5a4db0c5 ", "wx12", "wx12345é"])
def test_invalid_app_ids(app_id):
    with pytest.raises(ValidationError):
        OfficialAccount(name="A", app_id=app_id).full_clean(validate_unique=False)


def test_str(account):
    follower = make_follower(account)
    assert str(follower) == "oA"
    follower.remark = "王小姐"
    assert str(follower) == "王小姐"
    assert str(account) == "Tea House"


def test_str_and_repr_contain_no_secret(account):
    assert "5ec2e7" not in repr(account) + str(account)


def test_a_new_run_can_be_claimed():
    fresh = SyncRun()
    assert (fresh.status, fresh.ticket, fresh.version, fresh.lease_until) == ("queued", 0, 0, EPOCH)
