"""When somebody followed and left, as lines of their timeline that say how each is known."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from followers.formats import format_datetime, join_sentences
from followers.history.observations import CLOCK_TOLERANCE
from followers.history.periods import FoundBy
from followers.history.stored import in_order
from followers.models import Follower, Subscription, SyncStage
from followers.sync.state import ListingState


@dataclass(frozen=True)
class Event:
    """One line of the timeline; kind: its CSS class, good, gone, start or edit."""

    text: str
    at: datetime
    kind: str
    hint: str = ""
    url: str = ""


def subscription_events(follower: Follower) -> Iterator[Event]:
    """The latest first, as the rows tell it; what the profile says stands at the end."""
    rows = sorted(follower.subscriptions.all(), key=in_order)
    listings = _listings(follower.account_id, rows)
    for row in reversed(rows):
        if row.ended_at:
            yield _ended(row, row.ended_at, listings.get(row.ended_at))
        if event := _began(row, rows, follower):
            yield event
    since = follower.subscribe_time
    if since and not _is_among(since, rows):
        yield Event(_("Followed"), since, "good", _of_wechat())


def _of_wechat() -> str:
    return _("As WeChat says; of several times the latest.")


def _is_among(since: datetime, rows: Sequence[Subscription]) -> bool:
    """Whether a row begins when the profile says. None does for somebody of the first list, and
    after a return until the profile is read. What a list told is no such time, however close."""
    exact = (row.began_at for row in rows if row.began_by != FoundBy.SYNC)
    return any(at and abs(at - since) <= CLOCK_TOLERANCE for at in exact)


def _began(row: Subscription, rows: Sequence[Subscription], follower: Follower) -> Event | None:
    """None where it is not known, or is the moment at which they were seen first.

    Whoever was seen on the blacklist first had followed at some time before.
    """
    is_first, is_found = row is rows[0], row.began_by == FoundBy.SYNC
    if row.began_at is None or (is_first and is_found and row.began_at <= follower.first_seen_at):
        return None
    text = _("Followed") if is_first and not is_found else _("Followed again")
    bounds = _between(row.began_after, row.began_at) if is_found else ""
    hint = join_sentences(_began_hint(row, follower.subscribe_time), bounds)
    return Event(text, row.began_at, "good", hint)


def _began_hint(row: Subscription, since: datetime | None) -> str:
    match row.began_by:
        case FoundBy.EVENT:
            return _("WeChat told it at once.")
        case FoundBy.PROFILE if row.began_at and row.began_at.microsecond:
            # WeChat's times are whole seconds: this one is that of our asking before it.
            return _("Their profile shows it; it cannot have been earlier than this.")
        case FoundBy.PROFILE:
            return _of_wechat() if row.began_at == since else _("As WeChat says.")
        case FoundBy.MISSED:
            return _("Not noticed at the time: only what they did next shows it.")
    return _("WeChat's list named them again.")


def _ended(row: Subscription, ended_at: datetime, listing: SyncStage | None) -> Event:
    is_exact = row.ended_by == FoundBy.EVENT
    bounds = "" if is_exact else _between(row.ended_after, row.ended_before or ended_at)
    return Event(
        _("Unfollowed"), ended_at, "gone", join_sentences(_ended_hint(row, listing), bounds)
    )


def _ended_hint(row: Subscription, listing: SyncStage | None) -> str:
    """How it is known: told, missed, confirmed by WeChat, or only missing from its list."""
    if row.ended_by == FoundBy.EVENT:
        return _("WeChat told it at once.")
    if row.ended_by == FoundBy.MISSED:
        return _("Not noticed at the time: WeChat says that they have followed again since.")
    if row.ended_confirmed and row.ended_before == row.ended_at:
        return _("Confirmed: WeChat said so when asked about this person.")
    if row.ended_confirmed:
        return _("Confirmed: missing from WeChat's list, and WeChat said so when asked.")
    found = ListingState.load(listing) if listing else ListingState()
    if found.approved:
        return _("Missing from WeChat's list; a member of staff confirmed the result.")
    if not found.asked:
        return _("Missing from WeChat's complete list; WeChat was not asked about this person.")
    return _(
        "Missing from WeChat's list; of %(gone)s missing people %(asked)s were asked about."
    ) % {
        "gone": f"{found.gone:,}",
        "asked": f"{found.asked:,}",
    }


def _listings(account_id: int, rows: Iterable[Subscription]) -> dict[datetime, SyncStage]:
    """The listings that found these endings, by the start of their walks."""
    starts = [row.ended_at for row in rows if row.ended_by == FoundBy.SYNC]
    if not starts:
        return {}
    found = SyncStage.objects.filter(
        run__account=account_id, name=SyncStage.Name.LISTING, walk_started_at__in=starts
    )
    return {stage.walk_started_at: stage for stage in found if stage.walk_started_at}


def _between(earliest: datetime | None, latest: datetime) -> str:
    """Between which moments it happened; "" where that is not known, or the same minute."""
    times = {"from": format_datetime(earliest), "to": format_datetime(latest)}
    if earliest is None or times["from"] == times["to"]:
        return ""
    return _("Between %(from)s and %(to)s.") % times
