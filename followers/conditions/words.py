"""Conditions in words, the same on the home page and in alerts."""

from collections.abc import Callable

from django.utils.translation import gettext as _

from ..formats import format_datetime, join_sentences
from ..runs.heartbeat import explain_absence
from ..runs.messages import describe
from ..wechat.errors import Explanation
from ..wechat.function_names import function_name
from .condition import Condition, Kind


def explain_condition(condition: Condition) -> Explanation:
    """What is so and what to do, in the active language."""
    return _TEXTS[condition.kind](condition)


def _no_worker(condition: Condition) -> Explanation:
    return explain_absence(condition.since)


def _review(condition: Condition) -> Explanation:
    return _of_run(condition, _("The result of the sync looks wrong and waits for you to decide."))


def _failed(condition: Condition) -> Explanation:
    found = _of_run(condition, _("The last sync failed."))
    run = condition.run
    if run is None or condition.occurrence == f"run {run.pk}":
        return found
    since = _("It has failed since %(since)s.") % {"since": format_datetime(condition.since)}
    return found._replace(meaning=join_sentences(found.meaning, since))


def _waiting(condition: Condition) -> Explanation:
    found = _of_run(condition, _("The sync waits."))
    if condition.run is None or condition.run.resume_at is None:
        return found
    goes_on = _("It goes on by itself at %(time)s.")
    return found._replace(advice=goes_on % {"time": format_datetime(condition.run.resume_at)})


def _of_run(condition: Condition, otherwise: str) -> Explanation:
    """What the run says of itself; a run may have been deleted meanwhile."""
    if condition.run is None:
        return Explanation(otherwise, "", "")
    found = describe(condition.run)
    return found if found.meaning else found._replace(meaning=otherwise)


def _dropped(condition: Condition) -> Explanation:
    text = _(
        "On %(day)s, %(lost)s more people left than joined, of %(total)s who followed when the day "
        "began."
    )
    params = condition.params
    numbers = {name: f"{params[name]:,}" for name in ("lost", "total")}
    return Explanation(
        text % {"day": params["day"], **numbers},
        _("Look at what was sent to followers on that day, and from which channels they came."),
        "",
    )


def _quota(condition: Condition) -> Explanation:
    text = _("“%(what)s” has been called %(used)s of %(limit)s times today.")
    params = condition.params
    numbers = {name: f"{params[name]:,}" for name in ("used", "limit")}
    return Explanation(
        text % {"what": function_name(params["path"]), **numbers},
        _("Other systems may use up the same calls. They are counted anew at midnight in Beijing."),
        "",
    )


_TEXTS: dict[Kind, Callable[[Condition], Explanation]] = {
    Kind.NO_WORKER: _no_worker,
    Kind.SYNC_REVIEW: _review,
    Kind.SYNC_FAILED: _failed,
    Kind.SYNC_WAITING: _waiting,
    Kind.FOLLOWERS_DROPPED: _dropped,
    Kind.QUOTA_LOW: _quota,
}
