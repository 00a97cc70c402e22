"""The stages of a run in words: phase, counts, unfinished work."""

from collections.abc import Callable
from typing import Any

from django.db.models import prefetch_related_objects
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from followers.accounts import usage
from followers.models import SyncRun, SyncStage
from followers.sync.details import MAX_BAD_OPENIDS
from followers.sync.progress import current_stage, sync_progress
from followers.sync.state import DetailsState, ListingState, MembersState
from followers.wechat.errcodes import NOT_PERMITTED

from ..shared.disclosure import EVERYTHING, Disclosure, explained
from ..shared.formats import format_number
from .words import colour

Name = SyncStage.Name
Status = SyncStage.Status
READING_LIST = gettext_lazy("Reading the follower list")
READING_BLACKLIST = gettext_lazy("Reading the blacklist")
STORING = gettext_lazy("Storing what has changed")
# (stage, phase) → label while it is in progress.
PHASES: dict[tuple[str, str], Promise] = {
    (Name.LISTING, ""): READING_LIST,
    (Name.LISTING, "read"): READING_LIST,
    (Name.LISTING, "decide"): gettext_lazy("Comparing the list with what is stored"),
    (Name.LISTING, "confirm"): gettext_lazy("Asking WeChat about apparent unfollows"),
    (Name.LISTING, "sweep"): gettext_lazy("Marking those who have left"),
    (Name.LISTING, "reconcile"): gettext_lazy("Checking that the list and what is stored agree"),
    (Name.TAGS, ""): gettext_lazy("Reading the tags"),
    (Name.TAGS, "read"): gettext_lazy("Reading who has which tag"),
    (Name.TAGS, "apply"): STORING,
    (Name.BLACKLIST, ""): READING_BLACKLIST,
    (Name.BLACKLIST, "read"): READING_BLACKLIST,
    (Name.BLACKLIST, "apply"): STORING,
    (Name.DETAILS, ""): gettext_lazy("Looking for followers without details"),
    (Name.DETAILS, "ask"): gettext_lazy("Reading the details of followers"),
}


def live_progress(run: SyncRun, shown: Disclosure = EVERYTHING) -> dict[str, Any]:
    """The progress JSON with sentences in the language of the request.

    In addition to `followers.sync.progress`: `phase` (label of the present phase), `usable` (the
    list is complete, later stages go on), `forecast` (warns that the list will not be finished
    today), `lines`, `note` and `look` of each stage, `colour` (info, warning, success, danger or
    neutral).
    """
    prefetch_related_objects([run], "stages")
    stages = list(run.stages.all())
    present = current_stage(stages)
    moving = run.status == SyncRun.Status.RUNNING
    if present and moving and present.status == Status.PENDING:
        # The engine stores this with the first result, a call later. Not saved here.
        present.status = Status.RUNNING
    going_on = moving or run.status == SyncRun.Status.QUEUED
    reading = present is not None and is_reading_list(present)
    state = sync_progress(run)
    for row, stage in zip(state["stages"], stages, strict=True):
        row |= {
            "lines": count_lines(stage, run),
            "note": stage_note(stage, shown),
            "look": stage_look(stage, run),
        }
        row["message"] = explained(stage, shown).meaning
        if not shown.followers:
            # These are openids.
            row["facts"].pop("bad", None)
    if not reading:
        # The rate is that of the list's pages only.
        state |= {"rate": None, "seconds_left": None}
    return state | {
        "colour": colour(run),
        "phase": phase_label(present) if present and moving else "",
        "usable": run.is_active and any(map(_is_complete_list, stages)),
        "forecast": quota_warning(run, present) if present and reading and going_on else "",
    }


def stage_look(stage: SyncStage, run: SyncRun) -> str:
    """pending, running, done, or stopped: unfinished in a run that waits or has ended."""
    going_on = run.status in (SyncRun.Status.RUNNING, SyncRun.Status.QUEUED)
    return "stopped" if stage.status == Status.RUNNING and not going_on else str(stage.status)


def is_reading_list(stage: SyncStage) -> bool:
    reading = stage.status != Status.DONE and stage.phase in ("", "read")
    return stage.name == Name.LISTING and reading


def _is_complete_list(stage: SyncStage) -> bool:
    return stage.name == Name.LISTING and stage.status == Status.DONE


def phase_label(stage: SyncStage) -> str:
    """The label of a stage's phase; "" for an unknown phase."""
    return str(PHASES.get((stage.name, stage.phase), ""))


def stage_note(stage: SyncStage, shown: Disclosure = EVERYTHING) -> str:
    """Why a stage ended without its whole result, on a second line the advice; else ""."""
    why = explained(stage, shown)
    return "\n".join(part for part in (why.meaning, why.advice) if part)


def count_lines(stage: SyncStage, run: SyncRun) -> list[str]:
    """The counts of a stage so far, one line each."""
    decides = run.status == SyncRun.Status.REVIEW
    if stage.status == Status.PENDING:
        return [_("not begun") if run.is_active or decides else _("not reached")]
    count = COUNTS.get(stage.name, lambda stage, run: [_position_line(stage)])
    found = [line for line in count(stage, run) if line]
    if stage.status == Status.RUNNING and not run.is_active:
        found.append(_("waits for an answer") if decides else _("stopped here"))
    return found


def _listing(stage: SyncStage, run: SyncRun) -> list[str]:
    state = ListingState.load(stage)
    return [
        _position_line(stage),
        confirmation_line(state.asked, state.still),
        unconfirmed_line(stage),
        _fewer(stage, run),
        _restarted(state.restarts),
    ]


def _fewer(stage: SyncStage, run: SyncRun) -> str:
    """By how many a complete list is shorter than WeChat's own count: no error, but shown."""
    missing = run.total - run.fetched
    if stage.status != Status.DONE or missing <= 0:
        return ""
    return ngettext(
        "%(count)s fewer than WeChat counts", "%(count)s fewer than WeChat counts", missing
    ) % {"count": format_number(missing)}


def confirmation_line(number: int, still: int) -> str:
    """How many apparent unfollows were checked; "" if none."""
    if not number:
        return ""
    return _("%(asked)s apparent unfollows checked with WeChat, %(still)s still follow") % {
        "asked": format_number(number),
        "still": format_number(still),
    }


def unconfirmed_line(stage: SyncStage) -> str:
    """How many missing followers could not be checked; "" if none."""
    number = ListingState.load(stage).unconfirmed
    if not number:
        return ""
    return ngettext(
        "%(number)s person is missing from the list; it could not be checked, so nothing was "
        "changed.",
        "%(number)s people are missing from the list; they could not be checked, so nothing was "
        "changed.",
        number,
    ) % {"number": format_number(number)}


def _restarted(times: int) -> str:
    text = ngettext("begun again %(number)d time", "begun again %(number)d times", times)
    return text % {"number": times} if times else ""


def _tags(stage: SyncStage, run: SyncRun) -> list[str]:
    put, taken = _("%(number)s times put on a follower"), _("%(number)s times taken off")
    return [_position_line(stage), *_difference(stage, put, taken)]


def _blacklist(stage: SyncStage, run: SyncRun) -> list[str]:
    return [
        _position_line(stage),
        *_difference(stage, _("%(number)s newly blocked"), _("%(number)s no longer blocked")),
    ]


def _difference(stage: SyncStage, added: str, removed: str) -> list[str]:
    state = MembersState.load(stage)
    found = [
        text % {"number": format_number(number)}
        for number, text in ((state.added, added), (state.removed, removed))
        if number
    ]
    whole = stage.status == Status.DONE and not stage.reason
    return found or ([_("nothing changed")] if whole else [])


def _details(stage: SyncStage, run: SyncRun) -> list[str]:
    bad = DetailsState.load(stage).bad
    more = "+" if len(bad) >= MAX_BAD_OPENIDS else ""
    return [
        _("all are up to date") if _found_nothing(stage) else _position_line(stage),
        _("%(number)s unknown to WeChat") % {"number": f"{len(bad)}{more}"} if bad else "",
    ]


def _found_nothing(stage: SyncStage) -> bool:
    return stage.status == Status.DONE and not stage.total and not stage.reason


def _position_line(stage: SyncStage) -> str:
    """A stage's position: 1,200 of 23,000; "" before the total is known."""
    total = max(stage.done, stage.total)
    if not total:
        return ""
    return _("%(done)s of %(total)s") % {
        "done": format_number(stage.done),
        "total": format_number(total),
    }


def outstanding_line(run: SyncRun, stage: SyncStage | None) -> str:
    """A sentence about the details that are left for the next sync; "" if none are.

    stage: the run's details. "" also if the account may not read details at all.
    """
    if stage is None or not run.outstanding or stage.error_code in NOT_PERMITTED:
        return ""
    if stage.reason == "hours_over":
        return ngettext(
            "The details of %(number)s follower are left: the hours for them are over, and the "
            "next sync goes on.",
            "The details of %(number)s followers are left: the hours for them are over, and the "
            "next sync goes on.",
            run.outstanding,
        ) % {"number": format_number(run.outstanding)}
    return ngettext(
        "The details of %(number)s follower are left: today's calls are used up, and the next sync "
        "goes on.",
        "The details of %(number)s followers are left: today's calls are used up, and the next "
        "sync goes on.",
        run.outstanding,
    ) % {"number": format_number(run.outstanding)}


COUNTS: dict[str, Callable[[SyncStage, SyncRun], list[str]]] = {
    Name.LISTING: _listing,
    Name.TAGS: _tags,
    Name.BLACKLIST: _blacklist,
    Name.DETAILS: _details,
}


def quota_warning(run: SyncRun, stage: SyncStage) -> str:
    """Warns that the list will not be finished today; "" if it will, or if it is not known yet.

    stage: the run's listing.
    """
    if not stage.total:
        return ""
    needed = usage.calls_needed(max(stage.total - stage.done, 0))
    left = usage.calls_today(run.account).quotas[usage.LISTING_PATH].left
    if needed <= left:
        return ""
    return _(
        "The rest of the list takes about %(needed)s calls, and %(left)s are left today: the sync "
        "goes on tomorrow by itself."
    ) % {"needed": format_number(needed), "left": format_number(left)}
