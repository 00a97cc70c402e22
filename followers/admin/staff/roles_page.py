"""The page "what may they do": the table of the roles, in the reader's language."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from followers.accounts.roles import DEEDS, ROLES


def roles_page(request: HttpRequest) -> HttpResponse:
    """For those who see members."""
    if not request.user.has_perm("auth.view_user"):
        raise PermissionDenied
    context = {
        **admin.site.each_context(request),
        "is_nav_sidebar_enabled": True,
        "title": _("Roles and what they may do"),
        "roles": ROLES,
        "pages": [(page, [_row(deed) for deed in deeds]) for page, deeds in DEEDS],
        "may_make_groups": request.user.has_perm("auth.view_group"),
    }
    return TemplateResponse(request, "admin/staff/roles.html", context)


def _row(deed: Any) -> dict[str, Any]:
    """Ticks in the order of the columns; superusers, the last one, may do everything."""
    return {"words": deed.words, "ticks": [role.key in deed.roles for role in ROLES] + [True]}
