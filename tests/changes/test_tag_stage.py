"""A change of a tag itself, whose answer may be lost: done once, and told as it came out."""

import pytest

from followers.models import EPOCH, EditChunk, EditRun, Tag
from followers.wechat import paths

from ..sync.truth import tags_here, tags_there
from .driver import change, drive, make_tag, numbers, reasons

PATHS = {
    "create_tag": paths.TAGS_CREATE,
    "rename_tag": paths.TAGS_UPDATE,
    "delete_tag": paths.TAGS_DELETE,
}


@pytest.fixture
def vip(account, small):
    return make_tag(account)


def wanted(account, vip, action):
    what = {} if action == "create_tag" else {"tag": vip}
    return change(account, None, action, name="" if action == "delete_tag" else "金牌", **what)


def how(run):
    """How the step was done, or why not."""
    return EditChunk.objects.get(step__run=run).reason


def answer_lost(small, path):
    def dies(called, _cursor):
        if called == path:
            small.after = lambda path, cursor: None
            raise KeyboardInterrupt

    small.after = dies


@pytest.mark.parametrize("action", PATHS)
def test_what_a_try_before_has_done_is_done(account, small, vip, action):
    run = wanted(account, vip, action)
    answer_lost(small, PATHS[action])
    with pytest.raises(KeyboardInterrupt):
        drive(run)
    EditRun.objects.update(lease_until=EPOCH)
    assert (numbers(drive(run)), run.status) == ((1, 0, 0), "succeeded")
    assert tags_here(account) == tags_there(small)
    assert Tag.objects.filter(name="金牌").count() == (action != "delete_tag")


@pytest.mark.parametrize("action", PATHS)
def test_what_wechat_does_at_once_needs_no_second_look(account, small, vip, action):
    before = small.calls[paths.TAGS_GET]
    run = drive(wanted(account, vip, action))
    assert (numbers(run), small.calls[paths.TAGS_GET]) == ((1, 0, 0), before)
    assert how(run) == ("created" if action == "create_tag" else "")


def test_a_tag_that_somebody_made_before_is_used_as_it_is(account, small, vip):
    number = small.account.console.create_tag("金牌")
    run = drive(wanted(account, vip, "create_tag"))
    assert (numbers(run), how(run)) == ((1, 0, 0), "existed")
    assert Tag.objects.get(name="金牌").wechat_id == number


def test_the_name_of_another_tag_is_not_given(account, small, vip):
    small.account.console.create_tag("金牌")
    run = drive(wanted(account, vip, "rename_tag"))
    assert (numbers(run), reasons(run)) == ((0, 0, 1), {"45157": 1})
    vip.refresh_from_db()
    assert vip.name == "VIP"


@pytest.mark.parametrize(("action", "outcome"), [("rename_tag", "failed"), ("delete_tag", "done")])
def test_a_tag_that_somebody_deleted(account, small, vip, action, outcome):
    small.account.console.delete_tag(vip.wechat_id)
    run = drive(wanted(account, vip, action))
    assert {name: getattr(run, name) for name in ("done", "failed")} == {
        "done": int(outcome == "done"),
        "failed": int(outcome == "failed"),
    }


@pytest.mark.parametrize("action", ["rename_tag", "delete_tag"])
def test_wechat_being_busy_is_waited_for(account, small, vip, action):
    small.fault("45159", path=PATHS[action])
    run = drive(wanted(account, vip, action))
    assert (run.status, run.error_code) == ("waiting", 45159)


def test_a_tag_that_is_gone_here_has_nothing_left_to_do(account, small, vip):
    run = wanted(account, vip, "delete_tag")
    vip.delete()
    assert (numbers(drive(run)), small.calls[paths.TAGS_DELETE]) == ((1, 0, 0), 0)
