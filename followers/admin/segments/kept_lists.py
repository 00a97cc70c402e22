"""Kept lists: which of the pasted ids somebody has, and which nobody."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _

from followers.accounts.access import own_accounts, require_perm
from followers.export import export_pasted
from followers.models import OfficialAccount, Segment, SegmentId
from followers.rows.kept_lists import holders
from followers.segments.filter import ACCOUNT, SEGMENT
from followers.segments.query import FollowerQuery

from ..shared.endpoints import attachment
from ..shared.formats import format_number
from ..shared.segments import shelf_of
from . import saving

# So many ids of each kind are shown; the file has all.
SHOWN = 20
# Within so long, the same ids from the same person are the same form.
SENT_TWICE = timedelta(minutes=1)


def keep_list(owner: Any, account: OfficialAccount, name: str, ids: list[str]) -> Segment:
    """A segment of distinct ids. Raises saving.SaveRefused if the name is taken."""
    with transaction.atomic():
        # Also of people who have left.
        values = {"query": "subscribed__exact=all", "pasted": len(ids), "shared": False}
        segment = saving.create(owner, account.pk, name, **values)
        SegmentId.objects.bulk_create(
            SegmentId(segment=segment, position=position, text=text)
            for position, text in enumerate(ids)
        )
    return segment


def earlier_list(owner: Any, account: OfficialAccount, name: str, ids: list[str]) -> Segment | None:
    """The list that the same form has made already: a form may be sent twice.

    name: "" for one that was not typed, which may have changed since; then only a new list counts.
    """
    found = Segment.objects.filter(owner=owner, account=account, pasted=len(ids))
    found = found.filter(created_at__gt=timezone.now() - SENT_TWICE)
    for segment in found.filter(name=name) if name.strip() else found:
        if set(segment.ids.values_list("text", flat=True)) == set(ids):
            return segment
    return None


def default_name() -> str:
    return _("Pasted ids %(time)s") % {"time": f"{timezone.localtime():%Y-%m-%d %H:%M}"}


def found_and_not(segment: Segment) -> tuple[list[str], list[str]]:
    """Both in the order in which they were pasted."""
    known = {it.text for it in holders(segment.account_id, segment.pk)}
    texts = list(segment.ids.order_by("position").values_list("text", flat=True))
    return [it for it in texts if it in known], [it for it in texts if it not in known]


def kept_list_context(segment: Segment) -> dict[str, Any]:
    found, missing = found_and_not(segment)
    return {
        "pasted": format_number(len(found) + len(missing)),
        "lists": [
            (title, format_number(len(ids)), ids[:SHOWN], len(ids) > SHOWN)
            for title, ids in ((_("Not found"), missing), (_("Found"), found))
        ],
        "shown": SHOWN,
    }


def ids_view(model_admin: Any, request: HttpRequest, object_id: str) -> HttpResponseBase:
    """Each pasted id and whose it is, as CSV; logged as an export."""
    segment: Segment = model_admin.own_object(request, object_id)
    require_perm(request.user, "export_follower", segment.account_id)
    if not segment.is_kept_list:
        raise Http404
    params = {ACCOUNT: [str(segment.account_id)], SEGMENT: [str(segment.pk)]}
    asked = FollowerQuery(params, own_accounts(request.user), segments=shelf_of(request))
    lines = export_pasted(
        _rows(segment),
        user=request.user,
        account=segment.account,
        filters={**asked.as_log_entry(), "selected": None, "ids": True},
    )
    name = f"{segment.account.app_id}-{_('pasted ids')}-{timezone.localdate():%Y-%m-%d}.csv"
    return attachment(lines, name)


def _rows(segment: Segment) -> Iterator[tuple[str, bool, str, str]]:
    """In the order in which they were pasted: the id, whether it was found, whose it is."""
    openids = {it.text: it.openid for it in holders(segment.account_id, segment.pk)}
    app_id = segment.account.app_id
    for text in segment.ids.order_by("position").values_list("text", flat=True):
        openid = openids.get(text, "")
        yield text, bool(openid), openid, app_id if openid else ""
