from django.contrib import admin
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import include, path
from django.views.generic import RedirectView
from django.views.i18n import JavaScriptCatalog

from followers import health
from followers.admin.shared.account_choice import choose_account
from followers.admin.shared.navigation import favicon
from followers.admin.staff.own_page import set_language

handler400 = "wxadmin.errors.bad_request"
handler404 = "wxadmin.errors.not_found"
handler500 = "wxadmin.errors.server_error"


def favicon_ico(request: HttpRequest) -> HttpResponseRedirect:
    """Browsers request this address for pages without an icon."""
    return HttpResponseRedirect(favicon(request))


# Translations of later packages take precedence.
javascript_catalog = JavaScriptCatalog.as_view(packages=["django.contrib.admin", "followers"])

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index")),
    # Replaces the admin's own catalog, with our translations added.
    path("admin/jsi18n/", admin.site.admin_view(javascript_catalog, cacheable=True)),
    path("admin/account/", admin.site.admin_view(choose_account), name="choose_account"),
    path("admin/growth/", include("followers.admin.growth.urls")),
    path("admin/", include("followers.admin.staff.urls")),
    path("admin/", admin.site.urls),
    path("i18n/setlang/", set_language, name="set_language"),
    path("favicon.ico", favicon_ico),
    path("healthz", health.healthz),
    path("readyz", health.readyz),
]
