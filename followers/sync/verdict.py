"""What the evidence says about a list that looks wrong, and what a person is advised to do."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from .listing import SHORT_COUNT
from .walk import SHORT_SHARE


class Verdict(StrEnum):
    LEFT = "left"
    COUNT_DIFFERS = "count_differs"
    SOME_FOLLOW = "some_follow"
    CUT_SHORT = "cut_short"
    NOBODY_MISSING = "nobody_missing"
    UNASKED = "unasked"
    UNASKED_COUNT_DIFFERS = "unasked_count_differs"
    STORED_DIFFERS = "stored_differs"

    @property
    def is_believed(self) -> bool:
        """Whether the result should be applied, and not the list be read once more."""
        return self is Verdict.LEFT


SYNC_AGAIN = _("Nobody was marked as having left. Sync again.")
COMPARE = _(
    "Nobody was marked as having left. Sync again first; if the numbers stay, compare them with "
    "the follower count in the WeChat console before you apply the result."
)

# verdict: (what speaks for it, what to do next)
WORDS: dict[Verdict, tuple[Promise, Promise]] = {
    Verdict.LEFT: (
        _(
            "WeChat was asked about %(asked)s of the people concerned: all have left. Its own "
            "count (%(total)s) fits its list (%(listed)s)."
        ),
        _("Nobody was marked as having left yet. They have really left: apply the result."),
    ),
    Verdict.COUNT_DIFFERS: (
        _(
            "WeChat was asked about %(asked)s of the people concerned: all have left. But it "
            "counts %(total)s followers and listed %(listed)s."
        ),
        COMPARE,
    ),
    Verdict.SOME_FOLLOW: (
        _(
            "WeChat was asked about %(asked)s of the people concerned: %(still)s still follow, so "
            "its list is not complete."
        ),
        SYNC_AGAIN,
    ),
    Verdict.CUT_SHORT: (
        _(
            "WeChat was asked about %(asked)s of the people concerned: %(still)s still follow, so "
            "its list was cut short."
        ),
        SYNC_AGAIN,
    ),
    Verdict.NOBODY_MISSING: (
        _(
            "Nobody who is known here is missing from the list, but WeChat counts %(total)s "
            "followers and listed %(listed)s."
        ),
        COMPARE,
    ),
    Verdict.UNASKED: (
        _("WeChat could not be asked about the people concerned. Its own count fits its list."),
        COMPARE,
    ),
    Verdict.UNASKED_COUNT_DIFFERS: (
        _(
            "WeChat could not be asked about the people concerned, and it counts %(total)s "
            "followers but listed %(listed)s."
        ),
        COMPARE,
    ),
    Verdict.STORED_DIFFERS: (
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


def verdict(facts: Mapping[str, Any]) -> Verdict:
    """facts: the numbers of a run in review (`error_params`), of which some may be missing."""
    asked, still, listed, total = (
        facts.get(name) or 0 for name in ("asked", "still", "listed", "total")
    )
    if "missing" in facts:
        return Verdict.STORED_DIFFERS
    # People come and go while a list is read.
    fits = abs(total - listed) <= max(SHORT_COUNT, SHORT_SHARE * total)
    if not asked and facts.get("gone") == 0:
        return Verdict.NOBODY_MISSING
    if not asked:
        return Verdict.UNASKED if fits else Verdict.UNASKED_COUNT_DIFFERS
    if still:
        return Verdict.CUT_SHORT if still > asked / 2 else Verdict.SOME_FOLLOW
    return Verdict.LEFT if fits else Verdict.COUNT_DIFFERS
