"""Tags and blacklist through interruptions: killed, frozen and overtaken in every phase."""

import pytest

from followers.models import EPOCH, FollowerTag, SyncRun, Tag
from followers.runs import engine

from .driver import FakeWeChat, drive, step, stored
from .truth import BLACKLIST, TAGGED, TAGS, assert_members, blocked, run_of, stage, start, tags_here

PATHS = (TAGS, TAGGED, BLACKLIST)
# Of the 17 slices of an undisturbed run.
SLICES = (0, 4, 8, 12, 15)


@pytest.fixture
def wechat(account, connect, queue):
    """90 followers in pages of 15, two tags of a third each, 20 on the blacklist in pages of 6."""
    wechat = connect(FakeWeChat(90, page_size=15, blacklist_page_size=6, tags=2, tag_percent=33))
    for openid in sorted(wechat.followers())[:20]:
        wechat.account.console.change(openid, blacklisted=True)
    run_of(account, "listing")
    wechat.calls.clear()
    return wechat


def calls(wechat):
    return sum(wechat.calls[path] for path in PATHS)


@pytest.fixture
def quiet(account, wechat):
    """How many calls an undisturbed run makes; nothing of it is left."""
    run = run_of(account, "tags", "blacklist")
    made = calls(wechat)
    Tag.objects.all().delete()
    account.follower_set.update(blacklisted=False)
    wechat.calls.clear()
    run.delete()
    return made


@pytest.fixture
def killed(monkeypatch):
    """Lets the worker die between the answer and the commit of the slice that it works on."""

    class Killed(BaseException):
        pass

    def killed(run):
        with monkeypatch.context() as patch:
            patch.setattr(engine.lease.Claim, "commit", lambda claim: (_ for _ in ()).throw(Killed))
            with pytest.raises(Killed):
                step(run)
        SyncRun.objects.filter(pk=run.pk).update(lease_until=EPOCH)

    return killed


@pytest.mark.parametrize("slices", SLICES)
def test_killed_once_it_goes_on_and_repeats_one_step(account, wechat, quiet, killed, slices):
    run = step(start(account, "tags", "blacklist"), slices)
    assert run.is_active
    killed(run)
    assert drive(run).status == "succeeded"
    assert_members(account, wechat)
    assert calls(wechat) <= quiet + 1


def test_killed_in_every_slice(account, wechat, quiet, killed):
    run = start(account, "tags", "blacklist")
    while run.is_active:
        killed(run)
        step(run)
    assert run.status == "succeeded"
    assert_members(account, wechat)
    assert calls(wechat) <= 2 * quiet


@pytest.mark.parametrize("slices", SLICES)
def test_a_stale_claim_changes_nothing(account, wechat, slices, monkeypatch):
    run = step(start(account, "tags", "blacklist"), slices)
    before = here(account)
    commit = engine.lease.Claim.commit

    def overtaken(claim):
        SyncRun.objects.filter(pk=run.pk).update(version=10_000 + claim.version)
        return commit(claim)

    with monkeypatch.context() as patch:
        patch.setattr(engine.lease.Claim, "commit", overtaken)
        step(run)
    assert here(account) == before
    SyncRun.objects.filter(pk=run.pk).update(lease_until=EPOCH)
    assert drive(run).status == "succeeded"
    assert_members(account, wechat)


def here(account):
    rows = [row for row in stored() if not row or "lease_until" not in row[0]]
    return rows, tags_here(account), blocked(account)


def test_phases_are_read_and_apply(account, wechat):
    """Else the tests above would not stop in each of them."""
    run, phases = start(account, "tags", "blacklist"), set()
    while run.is_active:
        phases |= {(row.name, row.phase) for row in run.stages.all()}
        step(run)
    for name in ("tags", "blacklist"):
        assert {(name, "read"), (name, "apply")} <= phases


def test_a_cancelled_run_keeps_what_was_stored(account, wechat):
    run = step(start(account, "tags", "blacklist"), 8)
    done = FollowerTag.objects.count()
    assert done
    engine.cancel(run)
    assert FollowerTag.objects.count() == done
    assert stage(run, "blacklist").status == "pending"
