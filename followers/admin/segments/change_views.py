"""What is done to segments: save, replace, rename, share, duplicate, delete."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import (
    Http404,
    HttpRequest,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
    QueryDict,
)
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from followers.accounts.access import may_edit_segment, require_perm, visible_segments
from followers.files.cells import plain
from followers.models import Segment, SegmentId
from followers.segments.filter import ACCOUNT, SEGMENT, STATUS
from followers.segments.saved import segment_params

from ..shared.endpoints import post_only
from ..shared.model_admin import OwnObjectsAdmin
from ..shared.safe_changelist import is_key
from ..shared.segments import EDITED, REFUSED, segment_page_url, segment_url, shelf_of
from . import saving
from .saving import Draft, SaveRefused

LIST = "admin:followers_segment_changelist"
FOLLOWERS = "admin:followers_follower_changelist"


def save(model_admin: OwnObjectsAdmin, request: HttpRequest) -> HttpResponseBase:
    """Save a follower list's parameters (`query`): as `name`, or in place of `segment`."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    require_perm(request.user, "add_segment" if SEGMENT not in request.POST else "change_segment")
    query = request.POST.get("query", "")
    try:
        saved = _replace(request, query) if SEGMENT in request.POST else _create(request, query)
    except SaveRefused as refusal:
        messages.error(request, str(refusal))
        # The form is on the list: it opens again as it was sent.
        request.session[REFUSED] = {it: request.POST.get(it, "") for it in ("name", "shared")}
        return HttpResponseRedirect(f"{reverse(FOLLOWERS)}?{QueryDict(query).urlencode()}")
    return HttpResponseRedirect(segment_url(saved))


def _params(query: str) -> dict[str, list[str]]:
    return {name: list(map(str, values)) for name, values in QueryDict(query).lists()}


def _create(request: HttpRequest, query: str) -> Segment:
    draft = Draft(request.user, _params(query), shelf_of(request))
    shared = request.POST.get("shared") == "1"
    if shared:
        draft.require_shareable()
    given = request.POST.get("name", "")
    if plain(given):
        name = saving.clean_name(given)
    else:
        name = saving.free_name(draft.account, draft.default_name)
    user: Any = request.user
    values = {"query": draft.query, "tag_names": draft.tag_names, "shared": shared}
    segment = saving.create(user, draft.account, name, **values)
    messages.success(request, _("Saved as the segment “%(name)s”.") % {"name": name})
    return segment


def _replace(request: HttpRequest, query: str) -> Segment:
    key = request.POST.get(SEGMENT, "")
    segment = (
        visible_segments(request.user).filter(pk=key).first() if is_key(Segment, key) else None
    )
    if segment is None:
        raise Http404
    _require(request, "change", segment)
    if segment.is_kept_list:
        raise SaveRefused(
            _("The ids of a kept list cannot be replaced by filters: save a new segment.")
        )
    draft = Draft(request.user, _params(query), shelf_of(request), segment)
    saving.replace(segment, draft)
    messages.success(request, _("Updated the segment “%(name)s”.") % {"name": segment.name})
    return segment


def conditions(
    model_admin: OwnObjectsAdmin, request: HttpRequest, object_id: str
) -> HttpResponseBase:
    """The follower list with the segment's own parameters, to be changed there."""
    segment = model_admin.own_object(request, object_id)
    if segment.is_kept_list:
        return HttpResponseRedirect(segment_url(segment))
    # Only so that the list offers this one first.
    request.session[EDITED] = segment.pk
    params = segment_params(segment)
    first = {name: params[name] for name in (ACCOUNT, STATUS) if name in params}
    return HttpResponseRedirect(
        f"{reverse(FOLLOWERS)}?{urlencode({**first, **params}, doseq=True)}"
    )


@post_only("change_segment")
def rename(
    model_admin: OwnObjectsAdmin, request: HttpRequest, segment: Segment
) -> HttpResponseBase:
    _require(request, "change", segment)
    try:
        saving.rename(segment, saving.clean_name(request.POST.get("name", "")))
    except SaveRefused as refusal:
        messages.error(request, str(refusal))
    return _to_page_or_list(request, segment)


@post_only("change_segment")
def share(model_admin: OwnObjectsAdmin, request: HttpRequest, segment: Segment) -> HttpResponseBase:
    """With shared=1 every member of the account sees it, otherwise its owner alone."""
    _require(request, "change", segment)
    try:
        if request.POST.get("shared") == "1":
            within = shelf_of(request).found(
                segment_params(segment).get(SEGMENT, ()), {segment.account_id: ""}
            )
            saving.share(segment, list(within.values()))
        else:
            saving.unshare(segment)
    except SaveRefused as refusal:
        messages.error(request, str(refusal))
    return _to_page_or_list(request, segment)


@post_only("add_segment")
def duplicate(
    model_admin: OwnObjectsAdmin, request: HttpRequest, segment: Segment
) -> HttpResponseBase:
    """One's own copy, that nobody else sees; of a kept list with its ids."""
    user: Any = request.user
    name = saving.free_name(segment.account_id, segment.name)
    values = {"query": segment.query, "tag_names": segment.tag_names, "pasted": segment.pasted}
    try:
        copy = saving.create(user, segment.account_id, name, shared=False, **values)
    except SaveRefused as refusal:
        messages.error(request, str(refusal))
        return HttpResponseRedirect(segment_page_url(segment))
    # At most 10,000.
    SegmentId.objects.bulk_create(
        SegmentId(segment=copy, position=it.position, text=it.text) for it in segment.ids.all()
    )
    return HttpResponseRedirect(segment_page_url(copy))


@post_only("delete_segment")
def remove(
    model_admin: OwnObjectsAdmin, request: HttpRequest, segment: Segment
) -> HttpResponseBase:
    _require(request, "delete", segment)
    try:
        saving.remove(segment)
        messages.success(request, _("Deleted the segment “%(name)s”.") % {"name": segment.name})
    except SaveRefused as refusal:
        messages.error(request, str(refusal))
    return HttpResponseRedirect(f"{reverse(LIST)}?{urlencode({ACCOUNT: segment.account_id})}")


def _to_page_or_list(request: HttpRequest, segment: Segment) -> HttpResponseBase:
    """To the segment's page, as long as the user sees it."""
    is_seen = visible_segments(request.user).filter(pk=segment.pk).exists()
    return HttpResponseRedirect(segment_page_url(segment) if is_seen else reverse(LIST))


def _require(request: HttpRequest, action: str, segment: Segment) -> None:
    if not may_edit_segment(request.user, action, segment):
        raise PermissionDenied
