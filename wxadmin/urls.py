from django.contrib import admin
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import include, path
from django.views.generic import RedirectView
from django.views.i18n import JavaScriptCatalog

from followers import health
from followers.admin.shared.navigation import favicon

handler400 = "wxadmin.errors.bad_request"
handler500 = "wxadmin.errors.server_error"


def favicon_ico(request: HttpRequest) -> HttpResponseRedirect:
    """Browsers ask for this address of their own accord, on pages that name no icon."""
    return HttpResponseRedirect(favicon(request))


# The words of a later package win.
scripts_speak = JavaScriptCatalog.as_view(packages=["django.contrib.admin", "followers"])

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index")),
    # As the admin's own, and then our words.
    path("admin/jsi18n/", admin.site.admin_view(scripts_speak, cacheable=True)),
    path("admin/", admin.site.urls),
    path("i18n/", include("django.conf.urls.i18n")),
    path("favicon.ico", favicon_ico),
    path("healthz", health.healthz),
    path("readyz", health.readyz),
]
