"""What happened to one follower, and where else the same person follows."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from followers.models import Follower

from .cells import present_at_start


@dataclass(frozen=True)
class Event:
    """One line of the timeline; `kind` colours it: good, gone or start."""

    text: str
    at: datetime
    kind: str
    hint: str = ""


def timeline(follower: Follower) -> list[Event]:
    """The latest first; a time is that of the sync which noticed it."""
    return [
        Event(_("Followed again"), change.at, "good")
        if change.subscribed
        else Event(_("Unfollowed"), change.at, "gone")
        for change in follower.history.all()
    ] + [_beginning(follower)]


def _beginning(follower: Follower) -> Event:
    if present_at_start(follower):
        hint = _("Already a follower when this account was synced for the first time.")
        return Event(_("Present at the start"), follower.first_seen_at, "start", hint)
    return Event(_("First seen"), follower.first_seen_at, "good")


def siblings(follower: Follower, user: Any) -> QuerySet[Follower]:
    """The same person (same unionid) in other accounts that the user may see."""
    if not follower.unionid:
        return Follower.objects.none()
    same = Follower.objects.exclude(unionid="").filter(unionid=follower.unionid)
    return same.visible_to(user).exclude(pk=follower.pk).select_related("account")
