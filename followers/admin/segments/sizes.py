"""How many are in a segment now: counted as in the list, one segment at a time."""

from typing import Any

from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase

from followers.accounts.access import own_accounts
from followers.formats import format_datetime
from followers.models import Segment
from followers.segments.filter import ACCOUNT, SEGMENT
from followers.segments.query import FollowerQuery

from ..followers.paginator import LIMIT, CappedPaginator, capped_text, count_together
from ..shared.segments import shelf_of


def query_of_segment(request: HttpRequest, segment: Segment) -> FollowerQuery:
    """Whoever is in the segment, which the user may see, as their list shows them."""
    params = {ACCOUNT: [str(segment.account_id)], SEGMENT: [str(segment.pk)]}
    shelf = shelf_of(request)
    shelf.put([segment])
    return FollowerQuery(params, own_accounts(request.user), segments=shelf)


def counted(request: HttpRequest, segment: Segment) -> dict[str, Any]:
    """count, text, capped and problem: count is None if it cannot be counted, or takes too long."""
    asked = query_of_segment(request, segment)
    if asked.problems:
        return {"count": None, "text": "–", "capped": False, "problem": asked.problems[0]}
    found = CappedPaginator(asked.followers().order_by("-pk"), 1)
    count_together([found])
    return {
        "count": None if found.is_uncounted else min(found.count, LIMIT),
        "text": found.count_text,
        "capped": found.is_capped,
        "problem": "",
    }


def size_view(model_admin: Any, request: HttpRequest, object_id: str) -> HttpResponseBase:
    segment = model_admin.own_object(request, object_id)
    return JsonResponse({**counted(request, segment), "last": last_look(segment)})


def last_look(segment: Segment) -> str:
    """How many there were when somebody last opened the segment, and when; "" if nobody has."""
    if segment.looked_at is None or segment.size_at_last_look is None:
        return ""
    return f"{capped_text(segment.size_at_last_look)} · {format_datetime(segment.looked_at)}"
