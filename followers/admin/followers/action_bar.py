"""The one bar of what can be done with the ticked rows, or with all that match."""

from typing import Any

from django.http import HttpRequest

from ..changes.start import ACTION_PREFIX
from . import change_views, refresh_views
from .selection import BUTTON

# Behind "More"; the last stands apart.
FOLDED = (f"{ACTION_PREFIX}unblock",)
DANGEROUS = (f"{ACTION_PREFIX}block",)


def bar_context(model_admin: Any, request: HttpRequest) -> dict[str, Any]:
    """`buttons`, `more` and `dangerous`: names of actions and their labels.

    `has_bar`: whether the user may do anything, exports included; else there are no tick boxes.
    """
    context = change_views.bulk_buttons_context(request)
    bulk = context.pop("bulk", [])
    more = [it for it in bulk if it[0] in FOLDED]
    if model_admin.has_refresh_permission(request):
        more.insert(0, ("refresh_details", refresh_views.refresh_details.short_description))
    return {
        **context,
        "has_bar": bool(bulk or more or model_admin.has_export_permission(request)),
        "bar": BUTTON,
        "buttons": [it for it in bulk if it[0] not in (*FOLDED, *DANGEROUS)],
        "more": more,
        "dangerous": [it for it in bulk if it[0] in DANGEROUS],
    }
