"""What happened to one follower, and where else the same person follows."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from followers.accounts.access import visible
from followers.models import EditChunk, Follower, StatusChange, SyncStage
from followers.sync.state import ListingState

from ..changes.history import Touch
from ..changes.words import as_undo, edit_url, step_title
from ..shared.disclosure import EVERYTHING
from .cells import present_at_start


@dataclass(frozen=True)
class Event:
    """One line of the timeline; `kind` colours it: good, gone or start."""

    text: str
    at: datetime
    kind: str
    hint: str = ""
    url: str = ""


def timeline(follower: Follower, changed: Iterable[Touch] = ()) -> list[Event]:
    """The latest first; a time is that of the sync which noticed it, unless the hint says more.

    `changed`: what was changed from here (edit_history.touches).
    """
    changes = follower.history.select_related("run").prefetch_related("run__stages")
    events = [_changed(change) for change in changes]
    if follower.subscribe_time:
        said = _("As WeChat says; of several times the latest.")
        events.append(Event(_("Followed"), follower.subscribe_time, "good", said))
    events += [_edited(touch) for touch in changed]
    # In one instant what was noticed comes after what it follows from.
    events.append(_beginning(follower))
    return sorted(events, key=lambda event: event.at, reverse=True)


def _changed(change: StatusChange) -> Event:
    if change.subscribed:
        return Event(_("Followed again"), change.at, "good", _("WeChat's list named them again."))
    return Event(_("Unfollowed"), change.at, "gone", _how_sure(change))


def _edited(touch: Touch) -> Event:
    by = _("By %(who)s") % {"who": touch.run.requested_by} if touch.run.requested_by else ""
    state = {
        "": _("In progress"),
        EditChunk.Outcome.FAILED: _("Failed: %(why)s") % {"why": touch.why},
    }.get(touch.outcome, "")
    return Event(
        as_undo(touch.run, step_title(touch.step, EVERYTHING, touch.text)),
        touch.at,
        "gone" if touch.outcome == EditChunk.Outcome.FAILED else "edit",
        " · ".join(part for part in (by, state) if part),
        edit_url(touch.run),
    )


def _how_sure(change: StatusChange) -> str:
    """Whether WeChat was asked about this person or only left them out of its list."""
    listing = _listing(change)
    if listing is None or listing.walk_started_at != change.at:
        return _("Confirmed: WeChat said so when asked about this person.")
    found = ListingState.load(listing)
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


def _beginning(follower: Follower) -> Event:
    if present_at_start(follower):
        hint = _("Already a follower when this account was synced for the first time.")
        return Event(_("Present at the start"), follower.first_seen_at, "start", hint)
    return Event(_("First seen"), follower.first_seen_at, "good", _("WeChat's list named them."))


def siblings(follower: Follower, user: Any) -> QuerySet[Follower]:
    """The same person (same unionid) in other accounts that the user may see."""
    if not follower.unionid:
        return Follower.objects.none()
    same = Follower.objects.exclude(unionid="").filter(unionid=follower.unionid)
    return visible(same, user).exclude(pk=follower.pk).select_related("account")
