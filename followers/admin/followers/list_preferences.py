"""What a user keeps of the follower list: its columns, and its rows on a page."""

from typing import Any, cast

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
    QueryDict,
)
from django.urls import reverse

from followers.models import StaffPreference

from ..shared.account_choice import preference_of
from ..shared.model_admin import OwnObjectsAdmin
from .columns import COLUMNS

SIZE = "size"
SIZES = (50, 100, 200)
PAGE = "p"
# Kept where every box was unticked: an empty list means the usual columns.
NONE = "none"


def size_of(request: HttpRequest) -> int:
    """The rows on a page: by the address, else what the user chose last."""
    given = request.GET.get(SIZE, "")
    if given in map(str, SIZES):
        return int(given)
    kept = preference_of(request).follower_page_size
    return kept if kept in SIZES else SIZES[0]


def keep(model_admin: OwnObjectsAdmin, request: HttpRequest) -> HttpResponse:
    """Keep the posted columns or size, and show the list again, from its first page.

    `columns` without any `column` are the first column alone; `reset` brings the usual ones back.
    """
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    if not model_admin.has_view_permission(request):
        raise PermissionDenied
    if chosen := _chosen(request.POST):
        StaffPreference.objects.update_or_create(user=cast(User, request.user), defaults=chosen)
    return HttpResponseRedirect(_list_again(request.POST.get("query", "")))


def _chosen(posted: QueryDict) -> dict[str, Any]:
    """The fields of StaffPreference; unknown values are left out."""
    found: dict[str, Any] = {}
    size = posted.get(SIZE, "")
    if size in map(str, SIZES):
        found["follower_page_size"] = int(size)
    if "reset" in posted:
        found["follower_columns"] = []
    elif "columns" in posted:
        given = posted.getlist("column")
        found["follower_columns"] = [name for name in COLUMNS if name in given] or [NONE]
    return found


def _list_again(query: str) -> str:
    """The list with the same filters; never another page, whatever was posted."""
    params = QueryDict(query.removeprefix("?"), mutable=True)
    for name in (PAGE, SIZE):
        params.pop(name, None)
    address = reverse("admin:followers_follower_changelist")
    return f"{address}?{params.urlencode()}" if params else address
