"""The texts for what a sync, or a stage of it, waits for or ended with."""

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from ..runs.messages import ReasonTexts, format_params
from .diagnosis import TEXTS_BY_DIAGNOSIS, diagnose

SYNC_AGAIN = _("Sync again in a while.")
NEXT_SYNC = _("The next sync tries again.")
NEXT_SYNC_GOES_ON = _("The next sync goes on with the rest.")
CHECK_CLOCK = _(
    "Sync again. If this note comes back, ask whoever runs this system to look whether the clock "
    "of the database's server is right."
)


def _advice_by_evidence(params: Mapping[str, Any]) -> Promise:
    """The advice for a list that a user must decide about."""
    return TEXTS_BY_DIAGNOSIS[diagnose(params)][1]


def describe_evidence(params: Mapping[str, Any]) -> str:
    """The evidence for the advised answer of a run in review."""
    return str(TEXTS_BY_DIAGNOSIS[diagnose(params)][0]) % format_params(params)


REASONS: dict[str, ReasonTexts] = {
    "superseded": (
        _("A later sync has replaced this result."),
        _("Nothing to do."),
    ),
    "loop": (
        _("WeChat sent the same part of the follower list again and again."),
        SYNC_AGAIN,
    ),
    "cursor": (
        _("WeChat no longer knew the place in the list where the sync wanted to go on."),
        SYNC_AGAIN,
    ),
    "empty": (
        _("WeChat listed no followers at all, but %(known)s are known here."),
        _advice_by_evidence,
    ),
    "short": (
        _("WeChat's list ended after %(listed)s followers, although WeChat counts %(total)s."),
        _advice_by_evidence,
    ),
    "shrunk": (
        _("%(gone)s of %(known)s known followers are missing from WeChat's list."),
        _advice_by_evidence,
    ),
    "cut": (
        _(
            "%(gone)s followers are missing from WeChat's list, but of %(asked)s that were asked "
            "about, %(still)s still follow: the list was cut short, twice."
        ),
        _advice_by_evidence,
    ),
    "differs": (
        _(
            "%(here)s people follow here, but WeChat listed %(listed)s. %(gone)s follow here "
            "without being listed, %(missing)s were listed and do not follow here, and nothing "
            "newer explains it."
        ),
        _advice_by_evidence,
    ),
    "hours_over": (
        _("The hours in which the schedule reads details are over."),
        NEXT_SYNC_GOES_ON,
    ),
    "kept_short": (
        _("WeChat's blacklist ended too early; it was left as it was."),
        NEXT_SYNC,
    ),
    "kept_loop": (
        _("WeChat sent the same part of the blacklist again and again; it was left as it was."),
        NEXT_SYNC,
    ),
    "kept_cursor": (
        _("WeChat lost the place in the blacklist again and again; it was left as it was."),
        NEXT_SYNC,
    ),
    "kept_tags": (
        _("The lists of these tags were not complete, so they were left as they were: %(names)s"),
        NEXT_SYNC,
    ),
    "kept_differs": (
        _(
            "%(number)s people are stored otherwise than WeChat's blacklist has them, and no "
            "change of yours explains it."
        ),
        CHECK_CLOCK,
    ),
    "differing_tags": (
        _(
            "These tags have other followers here than in WeChat's lists, and no change of yours "
            "explains it: %(names)s"
        ),
        CHECK_CLOCK,
    ),
    "kept": (
        _("The difference was left as it is; nobody was changed."),
        SYNC_AGAIN,
    ),
    "discarded": (
        _("The result was discarded; nobody was marked as having left."),
        SYNC_AGAIN,
    ),
}
