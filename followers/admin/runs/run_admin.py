"""The ModelAdmin that every kind of run shares: a read-only history with live pages."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseRedirect, JsonResponse
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.urls.resolvers import URLPattern
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from followers.models import Run

from ..shared.chosen_account import AccountFilter
from ..shared.formats import natural_datetime
from ..shared.model_admin import RecordAdmin


class RunAdmin(RecordAdmin):
    """A kind of run defines its page (`title_of`, `context_of`, `live`) and its endpoints.

    endpoints: the last part of an address below the run's → the method that handles it.
    """

    list_filter = [("account", AccountFilter), "status"]
    list_filter_sheet = True
    list_select_related = ["account", "requested_by"]
    list_per_page = 50
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    actions = None
    endpoints: ClassVar[Mapping[str, str]]
    too_late: ClassVar[Promise]
    ended: ClassVar[Promise]

    def title_of(self, request: HttpRequest, run: Any) -> str:
        raise NotImplementedError

    def context_of(self, request: HttpRequest, run: Any) -> dict[str, Any]:
        raise NotImplementedError

    def live(self, request: HttpRequest, run: Any) -> dict[str, Any]:
        """The run as JSON, for pages and scripts that watch it."""
        raise NotImplementedError

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related(*self.list_select_related)

    def get_urls(self) -> list[URLPattern]:
        wrap, prefix = self.admin_site.admin_view, f"followers_{self.opts.model_name}"
        own = [
            path(f"<int:object_id>/{name}/", wrap(getattr(self, view)), name=f"{prefix}_{name}")
            for name, view in {"progress": "progress_view", **self.endpoints}.items()
        ]
        return own + super().get_urls()

    @admin.display(description=gettext_lazy("Requested"), ordering="pk")
    def requested(self, run: Run) -> SafeString:
        return format_html(
            '<span class="wx-nowrap">{}</span><span class="wx-sub">#{}</span>',
            natural_datetime(run.created_at),
            run.pk,
        )

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponseBase:
        run = self.own_object(request, object_id)
        context = {
            **self.admin_site.each_context(request),
            **self.context_of(request, run),
            "opts": self.opts,
            "original": run,
            "title": self.title_of(request, run),
            "is_nav_sidebar_enabled": True,
            **(extra_context or {}),
        }
        return TemplateResponse(request, self.change_form_template, context)

    def progress_view(self, request: HttpRequest, object_id: int) -> HttpResponseBase:
        try:
            run = self.own_object(request, object_id)
        except PermissionDenied:
            return JsonResponse({"detail": _("You may not see this.")}, status=403)
        return JsonResponse(self.live(request, run), headers={"Cache-Control": "no-store"})

    def report(
        self,
        request: HttpRequest,
        run: Run,
        done: bool,
        sentence: str,
        too_late: Promise | None = None,
    ) -> HttpResponseRedirect:
        """Redirect to the run with a message: what was done, or that it was too late."""
        if done:
            messages.success(request, sentence)
        else:
            messages.warning(request, str(too_late or self.too_late))
        name = f"admin:followers_{self.opts.model_name}_change"
        return HttpResponseRedirect(reverse(name, args=[run.pk]))
