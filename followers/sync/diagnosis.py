"""Diagnose a list that looks wrong, with the evidence and the advice for the user as texts."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from .listing import MAX_SHORTFALL
from .walk import MAX_SHORTFALL_SHARE


class Diagnosis(StrEnum):
    LEFT = "left"
    COUNT_DIFFERS = "count_differs"
    SOME_FOLLOW = "some_follow"
    CUT_SHORT = "cut_short"
    NOBODY_MISSING = "nobody_missing"
    UNCONFIRMED = "unconfirmed"
    UNCONFIRMED_COUNT_DIFFERS = "unconfirmed_count_differs"
    STORED_DIFFERS = "stored_differs"

    @property
    def should_apply(self) -> bool:
        """Whether to apply the result instead of reading the list once more."""
        return self is Diagnosis.LEFT


SYNC_AGAIN = _("Nobody was marked as having left. Sync again.")
COMPARE = _(
    "Nobody was marked as having left. Sync again first; if the numbers stay, compare them with "
    "the follower count in the WeChat console before you apply the result."
)

# diagnosis: (the evidence for it, what to do next)
TEXTS_BY_DIAGNOSIS: dict[Diagnosis, tuple[Promise, Promise]] = {
    Diagnosis.LEFT: (
        _(
            "WeChat was asked about %(asked)s of the people concerned: all have left. Its own "
            "count (%(total)s) fits its list (%(listed)s)."
        ),
        _("Nobody was marked as having left yet. They have really left: apply the result."),
    ),
    Diagnosis.COUNT_DIFFERS: (
        _(
            "WeChat was asked about %(asked)s of the people concerned: all have left. But it "
            "counts %(total)s followers and listed %(listed)s."
        ),
        COMPARE,
    ),
    Diagnosis.SOME_FOLLOW: (
        _(
            "WeChat was asked about %(asked)s of the people concerned: %(still)s still follow, so "
            "its list is not complete."
        ),
        SYNC_AGAIN,
    ),
    Diagnosis.CUT_SHORT: (
        _(
            "WeChat was asked about %(asked)s of the people concerned: %(still)s still follow, so "
            "its list was cut short."
        ),
        SYNC_AGAIN,
    ),
    Diagnosis.NOBODY_MISSING: (
        _(
            "Nobody who is known here is missing from the list, but WeChat counts %(total)s "
            "followers and listed %(listed)s."
        ),
        COMPARE,
    ),
    Diagnosis.UNCONFIRMED: (
        _("WeChat could not be asked about the people concerned. Its own count fits its list."),
        COMPARE,
    ),
    Diagnosis.UNCONFIRMED_COUNT_DIFFERS: (
        _(
            "WeChat could not be asked about the people concerned, and it counts %(total)s "
            "followers but listed %(listed)s."
        ),
        COMPARE,
    ),
    Diagnosis.STORED_DIFFERS: (
        _(
            "The list was read to its end and everything was stored, but the two do not agree: "
            "something dated what it stored wrongly, such as a clock that was set back meanwhile."
        ),
        _(
            "Sync again first. If the numbers stay, ask whoever runs this system to look whether "
            "the clock of the database's server is right; then believe WeChat's list."
        ),
    ),
}


def diagnose(params: Mapping[str, Any]) -> Diagnosis:
    """params: the numbers of a run in review (`error_params`); some may be missing."""
    asked, still, listed, total = (
        params.get(name) or 0 for name in ("asked", "still", "listed", "total")
    )
    if "missing" in params:
        return Diagnosis.STORED_DIFFERS
    # Followers come and go while a list is read.
    is_count_consistent = abs(total - listed) <= max(MAX_SHORTFALL, MAX_SHORTFALL_SHARE * total)
    if not asked and params.get("gone") == 0:
        return Diagnosis.NOBODY_MISSING
    if not asked:
        return Diagnosis.UNCONFIRMED if is_count_consistent else Diagnosis.UNCONFIRMED_COUNT_DIFFERS
    if still:
        return Diagnosis.CUT_SHORT if still > asked / 2 else Diagnosis.SOME_FOLLOW
    return Diagnosis.LEFT if is_count_consistent else Diagnosis.COUNT_DIFFERS
