"""The follower list's actions that export CSV."""

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import action

from followers.export import export, file_name
from followers.models import Follower

from ..shared.chosen_account import only_account
from ..shared.endpoints import attachment
from ..shared.model_admin import OwnObjectsAdmin
from .filters import query_of
from .related import filled
from .selection import selects_all_matching, ticked_keys

# Checkboxes beside the button: additional columns.
WITH_CHANNELS = "with_channels"
WITH_NOTES = "with_notes"


@action(description=gettext_lazy("Export as CSV"), permissions=["export"])
def export_csv(
    model_admin: OwnObjectsAdmin, request: HttpRequest, queryset: QuerySet[Follower]
) -> HttpResponseBase | None:
    """Return the file of the ticked followers, or of all that match the list's filters."""
    return _file(request, queryset, channels=request.POST.get(WITH_CHANNELS) == "1")


@action(description=gettext_lazy("Export as CSV with internal notes"), permissions=["export"])
def export_csv_with_notes(
    model_admin: OwnObjectsAdmin, request: HttpRequest, queryset: QuerySet[Follower]
) -> HttpResponseBase | None:
    return _file(request, queryset, channels=False, notes=True)


@action(description=gettext_lazy("Export as CSV with channel names"), permissions=["export"])
def export_csv_with_channels(
    model_admin: OwnObjectsAdmin, request: HttpRequest, queryset: QuerySet[Follower]
) -> HttpResponseBase | None:
    return _file(request, queryset, channels=True)


def channels_to_export(request: HttpRequest) -> bool:
    """Whether any channel of the list's accounts has a name."""
    return filled(request)["channel"]


def notes_to_export(request: HttpRequest) -> bool:
    """Whether any follower of the list's accounts has an internal note."""
    return filled(request)["note"]


def _file(
    request: HttpRequest, queryset: QuerySet[Follower], *, channels: bool, notes: bool | None = None
) -> HttpResponseBase | None:
    if queryset.query.is_empty():
        text = _("Nothing was exported: the filter could not be understood.")
        messages.error(request, text)
        return None
    account = only_account(request)
    ticked_only = None if selects_all_matching(request) else len(ticked_keys(request))
    filters = {**query_of(request).as_log_entry(), "selected": ticked_only}
    lines = export(
        queryset,
        user=request.user,
        account=account,
        filters=filters,
        notes=request.POST.get(WITH_NOTES) == "1" if notes is None else notes,
        channels=channels,
    )
    return attachment(lines, file_name(account))
