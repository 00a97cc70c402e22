"""Every fault that the simulated WeChat knows, over HTTP, in the middle of every kind of change.

For each: what becomes of the run; that our rows then say nothing that WeChat does not; and that
after the trouble, and the button that the run's page offers, everybody has what was asked for.
"""

import pytest

from followers.changes.change import Change, kind_of
from followers.changes.record import PlannedStep, record_steps
from followers.changes.undo import retry_failed, undo
from followers.models import AccessToken
from followers.runs import engine
from followers.runs.messages import describe
from followers.sandbox import FAULTS

from ..stack import wait_for
from .driver import BLOCKING, REMARKING, TAGGING, UNBLOCKING, UNTAGGING, change, drive, openids
from .mirror import called, state_here, state_there

# How each kind of change is called, of how many, and what makes it necessary before.
ACTIONS = {
    "tag": (TAGGING, 120, {}),
    "untag": (UNTAGGING, 120, {"tagged": True}),
    "block": (BLOCKING, 50, {}),
    "unblock": (UNBLOCKING, 50, {"blacklisted": True}),
    "remark": (REMARKING, 3, {}),
}
CALLS = 3

FATAL = ("40125", "40013", "40164", "61004", "40243", "48001", "48004", "50002")
LIMITS = ("89503", "45009", "45011")
PASSING = ("-1", "timeout", "reset", "http_500", "http_502", "http_503", "http_429")
PASSING += ("not_json", "empty_body")
REFUSED_TOKENS = ("40001", "40014", "42001")
# WeChat has done it, and the answer is lost.
LOST = ("slow", "truncated", "drip", "drip_headers", "json_list", "json_string")
# The client gives up after half a second, and all its tries are over when WeChat has done.
SLOW = ("slow", "drip", "drip_headers")
HARMLESS = ("text_plain", "invalid_utf8", "control_characters", "numbers_as_text")
OF_TAGS = ("45159", "45169")

# Met once, it ends the slice: nothing is called again.
ENDS = (*FATAL, *LIMITS, "45169")

# What becomes of the run, (fault hits one call, fault hits every call from there on).
STATUS = {
    **dict.fromkeys(FATAL, ("failed", "failed")),
    **dict.fromkeys((*LIMITS, "45169"), ("waiting", "waiting")),
    **dict.fromkeys((*PASSING, *LOST, *REFUSED_TOKENS, "45159"), ("succeeded", "waiting")),
    **dict.fromkeys((*HARMLESS, "40003"), ("succeeded", "succeeded")),
    # WeChat has not done with the first try when the others come, so they overlap: 45159.
    **dict.fromkeys(SLOW, ("waiting", "waiting")),
}
# The calls differ in nothing but what they change, so that a few of each kind will do.
FEW = ("-1", "45009", "48001", "40003", "truncated", "numbers_as_text")
OF_A_TAG = (TAGGING, UNTAGGING)
TOKEN = {name for name, kind in FAULTS.items() if kind.scope == "token"}


def concerned(action):
    if action == "tag":
        return STATUS
    return (*FEW, *OF_TAGS) if action == "untag" else FEW


CELLS = [
    pytest.param(action, fault, forever, id=f"{action}-{fault}-{'ever' if forever else 'once'}")
    for action in ACTIONS
    for fault in concerned(action)
    for forever in ((False,) if fault in ENDS else (False, True))
]


WANTED = {
    "tag": lambda there, tag, who: who <= there[0][tag.wechat_id][1],
    "untag": lambda there, tag, who: not who & there[0][tag.wechat_id][1],
    "block": lambda there, tag, who: who <= there[1],
    "unblock": lambda there, tag, who: not who & there[1],
    "remark": lambda there, tag, who: {there[2].get(openid) for openid in who} == {"金牌"},
}


def repeated(fault, size):
    """Calls beyond those that are needed: the one that was hit again, or its halves."""
    if fault in HARMLESS:
        return 0
    return 2 if fault == "40003" and size > 1 else int(fault != "40003")


def press_the_button(run):
    """Go on with what waits, do again what failed."""
    if engine.retry(run):
        return drive(run)
    return drive(retry_failed(run, None))


@pytest.mark.parametrize(("action", "fault", "forever"), CELLS)
def test_fault(account, sandbox, mirror, action, fault, forever):
    path, number, before = ACTIONS[action]
    who, tag = mirror(number, **before)
    what = {"tag": tag} if path in OF_A_TAG else {"text": "金牌"}
    run = change(account, who, action, **what)
    place = {} if fault in TOKEN else {"path": path, "after": 1}
    options = {"seconds": 1} if fault in SLOW else {}
    sandbox.fault(fault, count=None if forever else 1, **place, **options)

    run = drive(run)
    assert run.status == STATUS[fault][forever]
    if fault not in LOST:
        assert state_here(account) == state_there(sandbox)
    if run.status == "succeeded":
        assert (run.done + run.failed, run.skipped) == (number, 0)
        assert forever or called(sandbox, path) == CALLS + repeated(
            fault, kind_of(action).followers_per_step
        )
    else:
        assert run.done == (0 if fault in TOKEN else kind_of(action).followers_per_step)
        assert all(describe(run)[:2])

    sandbox.clear()
    wait_for(lambda: sandbox.state["in_flight"] == 0)
    AccessToken.objects.all().delete()
    if run.status != "succeeded" or run.failed:
        assert press_the_button(run).status == "succeeded"
    there = state_there(sandbox)
    assert state_here(account) == there
    assert WANTED[action](there, tag, openids(who))


def test_no_fault_is_left_out():
    scopes = {"all", "token", "api", "tagging"}
    assert {name for name, kind in FAULTS.items() if kind.scope in scopes} <= set(STATUS)


DELETE = "/cgi-bin/tags/delete"
# Of one follower, of whom there is none in this call.
OF_A_DELETION = sorted(set(STATUS) - {"40003"})


@pytest.mark.parametrize("forever", [False, True])
@pytest.mark.parametrize("fault", OF_A_DELETION)
def test_fault_while_an_undo_deletes_a_created_tag(account, sandbox, mirror, fault, forever):
    """The undo ends as the deletion of a tag does, and deletes it once, whatever was lost."""
    who, _tag = mirror(3)
    steps = [
        PlannedStep(Change("create_tag", name="新客")),
        PlannedStep(Change("tag", name="新客"), ids(who)),
    ]
    run = drive(record_steps(account, steps, user=None, selection="file", import_fingerprint="f"))
    undoing = undo(run, None)
    # Of the token's faults the first call has them all, of the others the deletion.
    place = {} if fault in TOKEN else {"path": DELETE}
    options = {"seconds": 1} if fault in SLOW else {}
    sandbox.fault(fault, count=None if forever else 1, **place, **options)
    undoing = drive(undoing)
    assert undoing.status in ("succeeded", "waiting", "failed")
    assert undoing.status == "succeeded" or all(describe(undoing)[:2])

    sandbox.clear()
    wait_for(lambda: sandbox.state["in_flight"] == 0)
    AccessToken.objects.all().delete()
    if undoing.status != "succeeded":
        undoing = press_the_button(undoing)
    assert (undoing.status, undoing.failed, undoing.skipped) == ("succeeded", 0, 0)
    assert "新客" not in {tag.name for tag in sandbox.tags().values()}
    assert state_here(account) == state_there(sandbox)


def ids(who):
    return list(who.values_list("pk", flat=True))
