"""Which of the selected followers to skip, because they need no change or cannot have it."""

from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _
from pyroaring import BitMap64

from ..wechat import limits
from . import follower_sets, rows
from .change import Change, SkipRule
from .follower_sets import FollowerSets


def _is_too_long(text: str) -> bool:
    return limits.text_problem(text, limits.MAX_REMARK_BYTES) == limits.TOO_LONG


def _same_text_rule(column: str) -> SkipRule:
    def filter_ids(rest: BitMap64, sets: FollowerSets, change: Change) -> BitMap64:
        # Most have no text and are not read.
        if not change.text:
            return rest - sets.with_any_text(column)
        return rest & sets.with_text(column, change.text)

    return SkipRule(
        "same",
        _("has this text already"),
        lambda state, text: getattr(state, column) == text,
        filter_ids,
    )


HAS_LEFT = SkipRule(
    "left",
    _("no longer follows"),
    lambda state, text: not state.subscribed,
    lambda rest, sets, change: rest & sets.left,
)
HAS_TAG = SkipRule(
    "has_tag",
    _("has the tag already"),
    lambda state, text: state.tagged,
    lambda rest, sets, change: rest & sets.tagged(change.tag),
)
NO_TAG = SkipRule(
    "no_tag",
    _("does not have the tag"),
    lambda state, text: not state.tagged,
    lambda rest, sets, change: rest - sets.tagged(change.tag),
)
HAS_MAX_TAGS = SkipRule(
    "full",
    _("has 20 tags already, the most that WeChat allows"),
    lambda state, text: state.tags >= follower_sets.MAX_TAGS,
    lambda rest, sets, change: rest & sets.with_max_tags(),
)
BLACKLISTED = SkipRule(
    "blacklisted",
    _("is on the blacklist"),
    lambda state, text: state.blacklisted,
    lambda rest, sets, change: rest & sets.blacklisted,
)
NOT_BLACKLISTED = SkipRule(
    "not_blacklisted",
    _("is not on the blacklist"),
    lambda state, text: not state.blacklisted,
    lambda rest, sets, change: rest - sets.blacklisted,
)
SAME_REMARK, SAME_NOTE = _same_text_rule("remark"), _same_text_rule("note")
TOO_LONG = SkipRule(
    "too_long",
    _("the text is longer than WeChat allows"),
    lambda state, text: _is_too_long(text),
    lambda rest, sets, change: rest if _is_too_long(change.text) else BitMap64(),
)
NO_LONGER_KNOWN = "gone"

IdsByReason = dict[str, BitMap64]


def find_ineligible(
    account_id: int,
    change: Change,
    ids: BitMap64,
    *,
    step_id: int | None = None,
    sets: FollowerSets | None = None,
) -> IdsByReason:
    """The row ids to skip, by reason. Each id has one reason, and each reason has ids.

    step_id: the step with the followers' own texts, if they have any. sets: what is known of the
    followers, where it is not what the database says.
    """
    if sets is None:
        if len(ids) <= follower_sets.MAX_CHECKED_ONE_BY_ONE or step_id is not None:
            return _check_one_by_one(change, ids, step_id)
        sets = FollowerSets(account_id, ids)
    skipped: IdsByReason = {}
    rest = BitMap64(ids)
    for rule in change.kind.skip_rules:
        if found := BitMap64(rule.filter_ids(rest, sets, change)):
            skipped[rule.reason] = found
            rest -= found
    return skipped


def _check_one_by_one(change: Change, ids: Iterable[int], step_id: int | None) -> IdsByReason:
    skipped: IdsByReason = {}
    known = rows.load_states(ids, change.tag.pk if change.tag else None, step_id)
    for state in known:
        text = change.text if state.after is None else state.after
        for rule in change.kind.skip_rules:
            if rule.applies(state, text):
                skipped.setdefault(rule.reason, BitMap64()).add(state.id)
                break
    if gone := BitMap64(ids) - BitMap64(state.id for state in known):
        skipped[NO_LONGER_KNOWN] = gone
    return skipped
