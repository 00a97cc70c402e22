"""The sentence for what a run waits for or ended with, in the language of whoever reads it."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from ..wechat.errors import Explanation, explain

Facts = Mapping[str, Any]
Reason = tuple[Promise, Promise | Callable[[Facts], Promise]]
"""What happened, and what to do next, which may depend on the facts."""

_reasons: dict[str, Reason] = {
    "poison": (
        _("This was tried several times and broke off each time without getting any further."),
        _("Ask whoever runs this system to look into the worker's log, then try again."),
    ),
}
NOTHING = Explanation("", "", "")


class Ended(Protocol):
    """A run, a stage of it, or a part of what it did."""

    reason: str
    error_code: int | None
    error_params: Any


def add_reasons(reasons: Mapping[str, Reason]) -> None:
    """Those of a kind of run."""
    _reasons.update(reasons)


def reasons() -> Mapping[str, Reason]:
    return _reasons


def describe(what: Ended) -> Explanation:
    """What happened, what to do, and a line for engineers; "" where all is well."""
    if not what.reason:
        return NOTHING
    if what.reason not in _reasons:
        return explain(what.error_code, what.reason, what.error_params)
    meaning, advice = _reasons[what.reason]
    if not isinstance(advice, Promise):
        advice = advice(what.error_params)
    return Explanation(str(meaning) % readable(what.error_params), str(advice), "")


def readable(facts: Facts) -> dict[str, Any]:
    """Facts as a sentence takes them: 23,000."""
    return {name: f"{fact:,}" if isinstance(fact, int) else fact for name, fact in facts.items()}
