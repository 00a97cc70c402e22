"""Segments on other pages: in the sidebar, above the follower list, and when one is looked at."""

from datetime import timedelta
from typing import Any

from django.db import OperationalError
from django.db.models import Case, IntegerField, Q, QuerySet, Value, When
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from followers.accounts.access import Rights, may_edit_segment, visible_segments
from followers.models import Segment
from followers.segments.choices import ALL
from followers.segments.filter import ACCOUNT, SEGMENT, STATUS
from followers.segments.query import FollowerQuery
from followers.segments.saved import SavedFilter, Shelf, segment_params
from followers.segments.texts import printable_text

from .account_choice import shown_account_id

# In the sidebar, and in the menu of those that can be replaced.
IN_SIDEBAR = 8
MAX_OFFERED = 50
# Paging through the list is one look.
LOOK = timedelta(minutes=1)
# The segment whose conditions were opened last, to be offered first.
EDITED = "edited_segment"
# What was typed into the form of a segment that could not be saved, for the next list.
REFUSED = "refused_segment"


def shelf_of(request: HttpRequest) -> Shelf:
    """The segments that the user may see, each read once for the request."""
    found: Shelf | None = getattr(request, "segment_shelf", None)
    if found is None:
        found = Shelf(visible_segments(request.user))
        request.segment_shelf = found  # type: ignore[attr-defined]
        if request.method == "GET" and SEGMENT in request.GET:
            # The sidebar reads them in any case.
            found.put(offered(request, shown_account_id(request)))
    return found


def segment_url(segment: Segment) -> str:
    """The segment as a follower list, with its own status."""
    status = [it for it in segment_params(segment).get(STATUS, ()) if it]
    params: dict[str, Any] = {
        ACCOUNT: segment.account_id,
        SEGMENT: segment.pk,
        STATUS: status[-1] if status else ALL,
    }
    return f"{reverse('admin:followers_follower_changelist')}?{urlencode(params)}"


def segment_page_url(segment: Segment) -> str:
    return reverse("admin:followers_segment_change", args=[segment.pk])


def offered(request: HttpRequest, account: int | None) -> list[Segment]:
    """The user's own segments, then the shared ones, of an account or of all; read once."""
    known: dict[int | None, list[Segment]] = request.__dict__.setdefault("_segments", {})
    if account not in known:
        known[account] = list(_in_order(request, account)[: MAX_OFFERED + 1])
    return known[account]


def _in_order(request: HttpRequest, account: int | None) -> QuerySet[Segment]:
    user = request.user
    # What nobody shares, but superusers and managers see, is on the page of segments alone.
    mine = visible_segments(user).filter(Q(shared=True) | Q(owner_id=user.pk))
    if account is not None:
        mine = mine.filter(account_id=account)
    first = Case(When(owner_id=user.pk, then=Value(0)), default=1, output_field=IntegerField())
    return mine.order_by(first, "name", "pk")


def sidebar(request: HttpRequest, account: int | None) -> list[dict[str, Any]]:
    """Items below “Segments”. The theme does not escape their titles."""
    found, here = offered(request, account), request.GET.getlist(SEGMENT)
    items = [
        _item(printable_text(it.name), segment_url(it), active=here == [str(it.pk)])
        for it in found[:IN_SIDEBAR]
    ]
    if len(found) > IN_SIDEBAR:
        query = f"?{urlencode({ACCOUNT: account})}" if account is not None else ""
        items.append(_item(_("more…"), reverse("admin:followers_segment_changelist") + query))
    return items


def _item(title: str, link: str, *, active: bool = False) -> dict[str, Any]:
    shown = format_html('<bdi class="wx-nested">{}</bdi>', title)
    return {"title": shown, "link": link, "active": active}


def bar_context(request: HttpRequest, asked: FollowerQuery) -> dict[str, Any]:
    """Context of segment_bar.html above the follower list."""
    account = asked.scope.account
    mine = offered(request, account) if account is not None else []
    opened = asked.filter(SavedFilter).segments
    return {
        "query": request.GET.urlencode(),
        "account": account,
        "rights": Rights(request.user, account),
        "replaceable": [it for it in mine if _is_replaceable(request, it)],
        "edited": request.session.get(EDITED),
        "refused": request.session.pop(REFUSED, None),
        "current": opened[0] if len(opened) == 1 else None,
    }


def _is_replaceable(request: HttpRequest, segment: Segment) -> bool:
    return not segment.is_kept_list and may_edit_segment(request.user, "change", segment)


def record_look(request: HttpRequest, asked: FollowerQuery, count: int) -> None:
    """Keep how many are in a segment if the list shows exactly that."""
    opened = list(asked.scope.opened.values())
    if request.method != "GET" or len(opened) != 1 or asked.problems:
        return
    segment = opened[0].segment
    own = segment_params(segment).get(STATUS, [ALL])[-1]
    given = [it for it in asked.params.get(STATUS, ()) if it][-1:]
    if set(asked.params) <= {ACCOUNT, SEGMENT, STATUS} and given in ([], [own], [ALL]):
        keep_look(segment, count)


def keep_look(segment: Segment, count: int) -> None:
    now = timezone.now()
    if segment.looked_at and segment.looked_at > now - LOOK:
        return
    due = Q(looked_at=None) | Q(looked_at__lt=now - LOOK)
    rows = Segment.objects.filter(due, pk=segment.pk)
    try:
        rows.update(size_at_last_look=count, looked_at=now)
    except OperationalError:
        # A list is shown also while the database is locked by somebody who writes.
        return
