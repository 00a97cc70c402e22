"""Changes of the simulated account's followers, from their confirmation to their end."""

from collections.abc import Iterable
from typing import Any

from followers.changes.change import Change
from followers.changes.record import record
from followers.models import EditChunk, EditRun, Follower, OfficialAccount, Run, Tag
from followers.rows.bitmaps import unpack
from followers.runs import engine

from ..sync.driver import FakeWeChat

TAGGING = "/cgi-bin/tags/members/batchtagging"
UNTAGGING = "/cgi-bin/tags/members/batchuntagging"
UNBLOCKING = "/cgi-bin/tags/members/batchunblacklist"
BLOCKING = "/cgi-bin/tags/members/batchblacklist"
REMARKING = "/cgi-bin/user/info/updateremark"


def people(account: OfficialAccount, openids: Iterable[str] | None = None) -> Any:
    """Those with these openids, or all who follow."""
    rows = Follower.objects.filter(account=account)
    return rows.filter(subscribed=True) if openids is None else rows.filter(openid__in=openids)


def change(account: OfficialAccount, who: Any, action: str, **what: Any) -> EditRun:
    return record(account, who, Change(action, **what), user=None, selection="some")


def drive(run: EditRun, most: int = 2000) -> EditRun:
    """Slices, one after the other, until the run is over or waits."""
    for _ in range(most):
        run.refresh_from_db()
        if run.status not in (Run.Status.QUEUED, Run.Status.RUNNING):
            return run
        engine.advance(EditRun, run.pk, run.ticket)
    raise AssertionError(f"run {run.pk} does not end: {run.status}")


def make_tag(account: OfficialAccount, name: str = "VIP") -> Tag:
    """Created by a run, and new: nobody has it."""
    drive(change(account, None, "create_tag", name=name))
    return Tag.objects.get(account=account, name=name)


def outcome(run: EditRun, which: str) -> set[int]:
    """Row ids of a run's followers that ended so."""
    chunks = EditChunk.objects.filter(step__run=run, outcome=which)
    return {row for chunk in chunks for row in unpack(chunk.rows)}


def reasons(run: EditRun) -> dict[str, int]:
    """How many were not changed, by reason or WeChat's code."""
    found: dict[str, int] = {}
    for chunk in EditChunk.objects.filter(step__run=run).exclude(outcome="done"):
        reason = str(chunk.error_code or chunk.reason)
        found[reason] = found.get(reason, 0) + chunk.count
    return found


def numbers(run: EditRun) -> tuple[int, int, int]:
    assert run.done + run.skipped + run.failed == run.selected
    return run.done, run.skipped, run.failed


def having(wechat: FakeWeChat, tag: Tag) -> set[str]:
    """Who has the tag at WeChat."""
    return set(wechat.account.records.tag_snapshots()[tag.wechat_id].openids)


def openids(who: Any) -> set[str]:
    return set(who.values_list("openid", flat=True))
