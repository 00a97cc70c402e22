"""Who of the selected needs no change, or cannot have it, by what is known here."""

from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _
from pyroaring import BitMap64

from ..rows import followers
from ..wechat import limits
from . import rows
from .change import Change, Rule

# Up to here each follower is looked up; beyond, whole columns are read.
FEW = 10_000


def _is_too_long(text: str) -> bool:
    return limits.text_problem(text, limits.MAX_REMARK_BYTES) == limits.TOO_LONG


def _tagged(change: Change) -> BitMap64:
    return followers.tagged_ids(change.tag.pk if change.tag else 0)


def _same(column: str) -> Rule:
    return Rule(
        "same",
        _("has this text already"),
        lambda state, text: getattr(state, column) == text,
        lambda rest, account_id, change: rows.having(rest, account_id, column, change.text),
    )


LEFT = Rule(
    "left",
    _("no longer follows"),
    lambda state, text: not state.subscribed,
    lambda rest, account_id, change: rest & rows.left(account_id),
)
HAS_TAG = Rule(
    "has_tag",
    _("has the tag already"),
    lambda state, text: state.tagged,
    lambda rest, account_id, change: rest & _tagged(change),
)
NO_TAG = Rule(
    "no_tag",
    _("does not have the tag"),
    lambda state, text: not state.tagged,
    lambda rest, account_id, change: rest - _tagged(change),
)
FULL = Rule(
    "full",
    _("has 20 tags already, the most that WeChat allows"),
    lambda state, text: state.tags >= rows.MAX_TAGS,
    lambda rest, account_id, change: rows.full(rest, account_id),
)
BLACKLISTED = Rule(
    "blacklisted",
    _("is on the blacklist"),
    lambda state, text: state.blacklisted,
    lambda rest, account_id, change: rest & followers.blacklisted_ids(account_id),
)
NOT_BLACKLISTED = Rule(
    "not_blacklisted",
    _("is not on the blacklist"),
    lambda state, text: not state.blacklisted,
    lambda rest, account_id, change: rest - followers.blacklisted_ids(account_id),
)
SAME_REMARK, SAME_NOTE = _same("remark"), _same("note")
TOO_LONG = Rule(
    "too_long",
    _("the text is longer than WeChat allows"),
    lambda state, text: _is_too_long(text),
    lambda rest, account_id, change: rest if _is_too_long(change.text) else BitMap64(),
)
GONE = "gone"

Skipped = dict[str, BitMap64]


def ineligible(
    account_id: int, change: Change, ids: BitMap64, *, step_id: int | None = None
) -> Skipped:
    """Who is left out, by reason; nobody has two reasons, and no reason is without people.

    step_id: the step whose values are the followers' own texts, where they have any.
    """
    if len(ids) <= FEW or step_id is not None:
        return _one_by_one(change, ids, step_id)
    skipped: Skipped = {}
    rest = BitMap64(ids)
    for rule in change.kind.ineligible:
        if found := BitMap64(rule.among(rest, account_id, change)):
            skipped[rule.reason] = found
            rest -= found
    return skipped


def _one_by_one(change: Change, ids: Iterable[int], step_id: int | None) -> Skipped:
    skipped: Skipped = {}
    known = rows.states(ids, change.tag.pk if change.tag else None, step_id)
    for state in known:
        text = change.text if state.after is None else state.after
        for rule in change.kind.ineligible:
            if rule.applies(state, text):
                skipped.setdefault(rule.reason, BitMap64()).add(state.id)
                break
    if gone := BitMap64(ids) - BitMap64(state.id for state in known):
        skipped[GONE] = gone
    return skipped
