import pytest

from tests.factories import follow, make_unsubscribed

from .driver import KEEPING


@pytest.fixture
def member(make_staff, account):
    return make_staff(
        account, "view_follower", "export_follower", "tag_followers", "view_exportlog", *KEEPING
    )


@pytest.fixture
def colleague(make_staff, account):
    return make_staff(account, "view_follower", *KEEPING)


@pytest.fixture
def people(account):
    follow(account, "oHere", remark="Li")
    follow(account, "oThere")
    make_unsubscribed(account, "oGone", remark="Li")
