"""JSON for the sheet of filters: how many would match, and channels by a part of their names."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponseNotAllowed, JsonResponse
from django.http.response import HttpResponseBase
from django.urls.resolvers import URLPattern
from django.utils.translation import gettext as _

from followers.models import Channel
from followers.rows.time_limit import TimeLimitError, time_limit
from followers.segments.channels import NAME_LENGTH
from followers.segments.query import FollowerQuery
from followers.segments.search import MAX_PASTED

from ..shared.chosen_account import chosen_account
from ..shared.endpoints import View, admin_path
from ..shared.model_admin import OwnObjectsAdmin
from ..shared.safe_changelist import unreadable
from . import paginator
from .filters import query_of

# A count that takes longer is worth less than what it costs; each choice asks for one.
MAX_MILLISECONDS = 200
MAX_SUGGESTIONS = 20


def urls(model_admin: OwnObjectsAdmin) -> list[URLPattern]:
    views: dict[str, View] = {"count": count, "channels": channels, "groups": groups}
    return [admin_path(model_admin, f"{name}/", view, name) for name, view in views.items()]


def count(model_admin: OwnObjectsAdmin, request: HttpRequest) -> HttpResponseBase:
    """How many the list with these parameters has: {"count", "capped", "text", "problems"}.

    count: null if it would take too long; then `text` says so.
    """
    if refusal := _refusal(model_admin, request):
        return refusal
    asked = query_of(request)
    try:
        with time_limit(MAX_MILLISECONDS):
            found = _counted(asked, asked.problems or unreadable(request, MAX_PASTED))
    except TimeLimitError:
        text = _("Too many to count in a moment.")
        return JsonResponse({"count": None, "capped": True, "text": text, "problems": []})
    return JsonResponse(found)


def _counted(asked: FollowerQuery, problems: list[str]) -> dict[str, Any]:
    if problems:
        return {"count": 0, "capped": False, "text": "0", "problems": problems}
    # Not as a page of the list is counted: without an order, the first are found soonest.
    found = asked.followers().order_by()[: paginator.LIMIT + 1].count()
    number, capped = min(found, paginator.LIMIT), found > paginator.LIMIT
    text = paginator.capped_text(found)
    return {"count": number, "capped": capped, "text": text, "problems": []}


def channels(model_admin: OwnObjectsAdmin, request: HttpRequest) -> HttpResponseBase:
    """Channels of the list's account by a part of name or scene, at most MAX_SUGGESTIONS.

    {"results": [{"value", "text", "detail"}], "more"}; value: the scene.
    """
    if refusal := _refusal(model_admin, request):
        return refusal
    part = _part(request)
    named = _channels(request).filter(Q(name__icontains=part) | Q(scene__startswith=part))
    rows = named.order_by("name", "pk").values_list("scene", "name", "group")
    found = [
        {"value": scene, "text": name, "detail": " · ".join(filter(None, (scene, group)))}
        for scene, name, group in rows[: MAX_SUGGESTIONS + 1]
    ]
    return _suggested(found)


def groups(model_admin: OwnObjectsAdmin, request: HttpRequest) -> HttpResponseBase:
    """As `channels`, channel groups; value: the group."""
    if refusal := _refusal(model_admin, request):
        return refusal
    named = _channels(request).filter(~Q(group=""), group__icontains=_part(request))
    sizes = named.order_by("group").values("group").annotate(number=Count("pk"))
    found = [
        {
            "value": group,
            "text": group,
            "detail": _("channels: %(count)s") % {"count": f"{number:,}"},
        }
        for group, number in sizes.values_list("group", "number")[: MAX_SUGGESTIONS + 1]
    ]
    return _suggested(found)


def _refusal(model_admin: OwnObjectsAdmin, request: HttpRequest) -> HttpResponseBase | None:
    """405 for anything but GET. Raises PermissionDenied for who may not see the list."""
    if not model_admin.has_view_permission(request):
        raise PermissionDenied
    return None if request.method == "GET" else HttpResponseNotAllowed(["GET"])


def _channels(request: HttpRequest) -> Any:
    """Those of the list's account; without one, none."""
    account = chosen_account(request)
    return Channel.objects.filter(account=account) if account else Channel.objects.none()


def _part(request: HttpRequest) -> str:
    return request.GET.get("part", "").replace("\0", "").strip()[:NAME_LENGTH]


def _suggested(found: list[dict[str, str]]) -> JsonResponse:
    shown = found[:MAX_SUGGESTIONS]
    return JsonResponse({"results": shown, "more": len(found) > len(shown)})
