"""The timeline of one follower, and the same person's rows in other accounts."""

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from followers.accounts.access import visible_to_user
from followers.models import EditChunk, Follower

from ..changes.follower_changes import ChangeEntry
from ..changes.words import step_title, undo_title
from ..shared.disclosure import EVERYTHING
from ..shared.urls import run_url
from .cells import present_at_start
from .subscription_events import Event, subscription_events


def timeline(follower: Follower, changed: Iterable[ChangeEntry] = ()) -> list[Event]:
    """Events, latest first. The hint says how each is known, and how exactly.

    changed: the changes that were made here (changes.follower_changes.changes_for).
    """
    events = list(subscription_events(follower))
    events += [_change_event(touch) for touch in changed]
    # At the same time, the effect is listed after its cause.
    events.append(_first_event(follower))
    return sorted(events, key=lambda event: event.at, reverse=True)


def _change_event(touch: ChangeEntry) -> Event:
    by = _("By %(who)s") % {"who": touch.run.requester} if touch.run.requester else ""
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
