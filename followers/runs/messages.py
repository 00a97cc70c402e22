"""The text for what a run waits for or ended with, in the active language."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from ..wechat.errors import Explanation, explain

Params = Mapping[str, Any]
ReasonTexts = tuple[Promise, Promise | Callable[[Params], Promise]]
"""What happened, and what to do next, which may depend on the parameters."""

_texts_by_reason: dict[str, ReasonTexts] = {
    "poison": (
        _("This was tried several times and broke off each time without getting any further."),
        _("Ask whoever runs this system to look into the worker's log, then try again."),
    ),
}
NO_EXPLANATION = Explanation("", "", "")


class HasReason(Protocol):
    """A run, a stage, or a chunk of a change."""

    reason: str
    error_code: int | None
    error_params: Any


def register_reasons(texts_by_reason: Mapping[str, ReasonTexts]) -> None:
    _texts_by_reason.update(texts_by_reason)


def describe(result: HasReason) -> Explanation:
    """What happened, what to do, and a line for engineers; all "" where nothing went wrong."""
    if not result.reason:
        return NO_EXPLANATION
    if result.reason not in _texts_by_reason:
        return explain(result.error_code, result.reason, result.error_params)
    meaning, advice = _texts_by_reason[result.reason]
    if not isinstance(advice, Promise):
        advice = advice(result.error_params)
    return Explanation(str(meaning) % format_params(result.error_params), str(advice), "")


def format_params(params: Params) -> dict[str, Any]:
    """Integers get thousands separators: 23,000."""
    return {
        name: f"{value:,}" if isinstance(value, int) else value for name, value in params.items()
    }
