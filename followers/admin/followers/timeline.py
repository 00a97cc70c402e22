"""The timeline of one follower, and the same person's rows in other accounts."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from followers.accounts.access import visible_to_user
from followers.models import EditChunk, Follower, StatusChange, SyncStage
from followers.sync.state import ListingState

from ..changes.follower_changes import ChangeEntry
from ..changes.words import step_title, undo_title
from ..shared.disclosure import EVERYTHING
from ..shared.urls import run_url
from .cells import present_at_start


@dataclass(frozen=True)
class Event:
    """One line of the timeline; kind: its CSS class, good, gone, start or edit."""

    text: str
    at: datetime
    kind: str
    hint: str = ""
    url: str = ""


def timeline(follower: Follower, changed: Iterable[ChangeEntry] = ()) -> list[Event]:
    """Events, latest first; a time is that of the sync that noticed it, unless the hint says more.

    changed: the changes that were made here (changes.follower_changes.changes_for).
    """
    changes = follower.history.select_related("run").prefetch_related("run__stages")
    events = [_status_event(change) for change in changes]
    if follower.subscribe_time:
        said = _("As WeChat says; of several times the latest.")
        events.append(Event(_("Followed"), follower.subscribe_time, "good", said))
    events += [_change_event(touch) for touch in changed]
    # At the same time, the effect is listed after its cause.
    events.append(_first_event(follower))
    return sorted(events, key=lambda event: event.at, reverse=True)


def _status_event(change: StatusChange) -> Event:
    if change.subscribed:
        return Event(_("Followed again"), change.at, "good", _("WeChat's list named them again."))
    return Event(_("Unfollowed"), change.at, "gone", _evidence_hint(change))


def _change_event(touch: ChangeEntry) -> Event:
    by = _("By %(who)s") % {"who": touch.run.requested_by} if touch.run.requested_by else ""
    state = {
        "": _("In progress"),
        EditChunk.Outcome.FAILED: _("Failed: %(why)s") % {"why": touch.why},
    }.get(touch.outcome, "")
    return Event(
        undo_title(touch.run, step_title(touch.step, EVERYTHING, touch.text)),
        touch.at,
        "gone" if touch.outcome == EditChunk.Outcome.FAILED else "edit",
        " · ".join(part for part in (by, state) if part),
        run_url(touch.run),
    )


def _evidence_hint(change: StatusChange) -> str:
    """Whether WeChat confirmed the unfollow or only omitted the follower from its list."""
    listing = _listing(change)
    if listing is None or listing.walk_started_at != change.at:
        return _("Confirmed: WeChat said so when asked about this person.")
    found = ListingState.of(listing)
    if found.approved:
        return _("Missing from WeChat's list; a member of staff confirmed the result.")
    if not found.asked:
        return _("Missing from WeChat's complete list; WeChat was not asked about this person.")
    if found.asked >= found.gone:
        return _("Confirmed: missing from WeChat's list, and WeChat said so when asked.")
    return _(
        "Missing from WeChat's list; of %(gone)s missing people %(asked)s were asked about."
    ) % {
        "gone": f"{found.gone:,}",
        "asked": f"{found.asked:,}",
    }


def _listing(change: StatusChange) -> SyncStage | None:
    if change.run is None:
        return None
    stages = change.run.stages.all()
    return next((stage for stage in stages if stage.name == SyncStage.Name.LISTING), None)


def _first_event(follower: Follower) -> Event:
    if present_at_start(follower):
        hint = _("Already a follower when this account was synced for the first time.")
        return Event(_("Present at the start"), follower.first_seen_at, "start", hint)
    return Event(_("First seen"), follower.first_seen_at, "good", _("WeChat's list named them."))


def same_follower_elsewhere(follower: Follower, user: Any) -> QuerySet[Follower]:
    """The same person (same unionid) in other accounts that the user may see."""
    if not follower.unionid:
        return Follower.objects.none()
    same = Follower.objects.exclude(unionid="").filter(unionid=follower.unionid)
    return visible_to_user(same, user).exclude(pk=follower.pk).select_related("account")
