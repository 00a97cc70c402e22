"""Who of the selected needs no change, or cannot have it, by what is known here."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from pyroaring import BitMap64

from ..rows import followers
from ..wechat.limits import REMARK_BYTES
from . import rows
from .change import Action

# Up to here each follower is looked up; beyond, whole columns are read.
FEW = 10_000

Skipped = dict[str, BitMap64]


@dataclass(frozen=True)
class Aim:
    """What a step wants. step_id: the step whose values are the followers' own texts, if it has."""

    account_id: int
    action: str
    tag_id: int | None = None
    text: str = ""
    step_id: int | None = None


def sift(aim: Aim, ids: BitMap64) -> Skipped:
    """Who is skipped, by reason; nobody has two reasons, and no reason is without people."""
    if len(ids) <= FEW or aim.step_id is not None:
        return _one_by_one(aim, ids)
    skipped: Skipped = {}
    rest = BitMap64(ids)
    for reason, who in _rules(aim):
        if found := who(rest):
            skipped[reason] = found
            rest -= found
    return skipped


def _one_by_one(aim: Aim, ids: Iterable[int]) -> Skipped:
    skipped: Skipped = {}
    known = rows.states(ids, aim.tag_id, aim.step_id)
    for state in known:
        if reason := _reason(aim, state):
            skipped.setdefault(reason, BitMap64()).add(state.id)
    if gone := BitMap64(ids) - BitMap64(state.id for state in known):
        skipped["gone"] = gone
    return skipped


def _reason(aim: Aim, state: rows.State) -> str:
    text = aim.text if state.after is None else state.after
    if aim.action not in (Action.UNBLOCK, Action.NOTE) and not state.subscribed:
        return "left"
    match aim.action:
        case Action.TAG if state.tagged:
            return "has_tag"
        case Action.TAG if state.blacklisted:
            return "blacklisted"
        case Action.TAG if state.tags >= rows.MAX_TAGS:
            return "full"
        case Action.UNTAG if not state.tagged:
            return "no_tag"
        case Action.BLOCK if state.blacklisted:
            return "blacklisted"
        case Action.UNBLOCK if not state.blacklisted:
            return "not_blacklisted"
        case Action.REMARK if state.remark == text:
            return "same"
        case Action.REMARK if len(text.encode()) > REMARK_BYTES:
            return "too_long"
        case Action.NOTE if state.note == text:
            return "same"
    return ""


def _rules(aim: Aim) -> list[tuple[str, Callable[[BitMap64], BitMap64]]]:
    """The same for a great many: reason, and those of the rest whom it concerns."""
    account_id, tag_id = aim.account_id, aim.tag_id or 0
    column = "remark" if aim.action == Action.REMARK else "note"
    left = ("left", lambda rest: rest & rows.left(account_id))
    has_tag = ("has_tag", lambda rest: rest & followers.tagged(tag_id))
    no_tag = ("no_tag", lambda rest: rest - followers.tagged(tag_id))
    full = ("full", lambda rest: rows.full(rest, account_id))
    blacklisted = ("blacklisted", lambda rest: rest & followers.blacklisted(account_id))
    not_blacklisted = ("not_blacklisted", lambda rest: rest - followers.blacklisted(account_id))
    same = ("same", lambda rest: rows.having(rest, account_id, column, aim.text))
    fits = len(aim.text.encode()) <= REMARK_BYTES
    too_long = ("too_long", lambda rest: BitMap64() if fits else BitMap64(rest))
    return {
        Action.TAG: [left, has_tag, blacklisted, full],
        Action.UNTAG: [left, no_tag],
        Action.BLOCK: [left, blacklisted],
        Action.UNBLOCK: [not_blacklisted],
        Action.REMARK: [left, same, too_long],
        Action.NOTE: [same],
    }[Action(aim.action)]
