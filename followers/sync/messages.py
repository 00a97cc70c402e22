"""The sentence for what a run waits for or ended with, in the language of whoever reads it."""

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from ..models import EditChunk, Run, SyncStage
from ..wechat.errors import Explanation, explain
from .verdict import COMPARE, WORDS, verdict

SYNC_AGAIN = _("Sync again in a while.")
NEXT_SYNC = _("The next sync tries again.")
CHECK_CLOCK = _(
    "Sync again. If this note comes back, ask whoever runs this system to look whether the clock "
    "of the database's server is right."
)
# reason: (what happened, what to do next)
REASONS: dict[str, tuple[Promise, Promise]] = {
    "poison": (
        _("This was tried several times and broke off each time without getting any further."),
        _("Ask whoever runs this system to look into the worker's log, then try again."),
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
        COMPARE,
    ),
    "short": (
        _("WeChat's list ended after %(listed)s followers, although WeChat counts %(total)s."),
        COMPARE,
    ),
    "shrunk": (
        _("%(gone)s of %(known)s known followers are missing from WeChat's list."),
        COMPARE,
    ),
    "cut": (
        _(
            "%(gone)s followers are missing from WeChat's list, but of %(asked)s that were asked "
            "about, %(still)s still follow: the list was cut short, twice."
        ),
        COMPARE,
    ),
    "differs": (
        _(
            "%(here)s people follow here, but WeChat listed %(listed)s. %(gone)s follow here "
            "without being listed, %(missing)s were listed and do not follow here, and nothing "
            "newer explains it."
        ),
        COMPARE,
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
    "no_such_tag": (
        _("The tag no longer exists in WeChat."),
        _("Sync this account to see its present tags. Create the tag again if it is needed."),
    ),
    "all_refused": (
        _("WeChat refused the first %(number)s followers one by one; none was changed."),
        _("Sync this account, look at the reasons below, then try those who are left again."),
    ),
    "superseded": (
        _("A later sync has replaced this result."),
        _("Nothing to do."),
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

NOTHING = Explanation("", "", "")


def describe(run: Run | SyncStage | EditChunk) -> Explanation:
    """What happened, what to do, and a line for engineers; "" where all is well."""
    if not run.reason:
        return NOTHING
    if run.reason not in REASONS:
        return explain(run.error_code, run.reason, run.error_params)
    meaning, advice = REASONS[run.reason]
    if advice is COMPARE:
        # A list that a person decides about: what to do follows from what was found.
        _why, advice = WORDS[verdict(run.error_params)]
    return Explanation(str(meaning) % _readable(run.error_params), str(advice), "")


def reasons_for(facts: dict[str, Any]) -> str:
    """What speaks for the answer that a run in review is advised."""
    why, _advice = WORDS[verdict(facts)]
    return str(why) % _readable(facts)


def _readable(params: dict[str, Any]) -> dict[str, Any]:
    return {
        name: f"{value:,}" if isinstance(value, int) else value for name, value in params.items()
    }
