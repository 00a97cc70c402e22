"""Sync runs: the history, and one page per run that moves by itself."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponseRedirect, JsonResponse
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import path
from django.urls.resolvers import URLPattern
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import ModelAdmin

from followers.models import OfficialAccount, SyncRun, SyncStage
from followers.sync import engine, review
from followers.sync.messages import describe

from . import stages, words
from .common import OwnObjectsMixin, changes, follower_list_url, may_sync, own_object, to_run

Name = SyncStage.Name
TOO_LATE = gettext_lazy("This sync has moved on meanwhile; nothing was changed.")


class AccountFilter(admin.RelatedFieldListFilter):
    """Django's own filter offers every account there is."""

    def field_choices(
        self, field: Any, request: HttpRequest, model_admin: Any
    ) -> list[tuple[Any, Any]]:
        accounts = OfficialAccount.objects.visible_to(request.user)
        return [(account.pk, account.name) for account in accounts]


@admin.register(SyncRun)
class SyncRunAdmin(OwnObjectsMixin, ModelAdmin):
    list_display = [
        "started_run",
        "account",
        "state",
        "outcome",
        "requested_by",
        "took",
        "note",
    ]
    list_display_links = ["started_run"]
    list_filter = [("account", AccountFilter), "status"]
    list_filter_sheet = True
    list_select_related = ["account", "requested_by"]
    list_per_page = 50
    list_before_template = "admin/followers/syncrun/list_before.html"
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    actions = None
    change_form_template = "admin/followers/syncrun/run.html"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return may_sync(request) or super().has_view_permission(request, obj)

    def get_queryset(self, request: HttpRequest) -> QuerySet[SyncRun]:
        runs: QuerySet[SyncRun] = super().get_queryset(request)
        if request.user.is_superuser:
            return runs
        return runs.filter(account__in=OfficialAccount.objects.visible_to(request.user))

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        pages = {
            "progress": self.progress_view,
            "cancel": self.cancel_view,
            "retry": self.retry_view,
            "apply": self.apply_view,
            "discard": self.discard_view,
        }
        own = [
            path(f"<int:object_id>/{name}/", wrap(view), name=f"followers_syncrun_{name}")
            for name, view in pages.items()
        ]
        return own + super().get_urls()

    # --- Columns ------------------------------------------------------------------------------

    @admin.display(description=gettext_lazy("Requested"), ordering="pk")
    def started_run(self, run: SyncRun) -> SafeString:
        return format_html(
            '<span class="wx-nowrap">{}</span><span class="wx-sub">{}</span>',
            words.moment(run.created_at),
            run,
        )

    @admin.display(description=gettext_lazy("status"), ordering="status")
    def state(self, run: SyncRun) -> SafeString:
        return words.live_state(run)

    @admin.display(description=gettext_lazy("result"))
    def outcome(self, run: SyncRun) -> SafeString:
        return format_html(
            '<span class="wx-result">{}</span><span class="wx-sub">{}</span>',
            words.result(run) if run.fetched or run.status == SyncRun.Status.SUCCEEDED else "–",
            _("%(number)s unchanged") % {"number": words.figure(run.unchanged)}
            if run.unchanged
            else "",
        )

    @admin.display(description=gettext_lazy("took"))
    def took(self, run: SyncRun) -> SafeString:
        return format_html('<span class="wx-nowrap">{}</span>', words.duration(run) or "–")

    @admin.display(description=gettext_lazy("note"))
    def note(self, run: SyncRun) -> SafeString:
        return format_html('<span class="wx-note">{}</span>', describe(run).meaning or "–")

    # --- The page of one run --------------------------------------------------------------------

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponseBase:
        run = own_object(self, request, object_id)
        if not self.has_view_permission(request, run):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            **run_context(request, run),
            "opts": self.opts,
            "original": run,
            "title": _("Sync of %(account)s") % {"account": run.account.name},
            "is_nav_sidebar_enabled": True,
            **(extra_context or {}),
        }
        return TemplateResponse(request, self.change_form_template, context)

    def progress_view(self, request: HttpRequest, object_id: int) -> HttpResponseBase:
        """The run as JSON, for pages and scripts that watch it."""
        run = own_object(self, request, str(object_id))
        if not self.has_view_permission(request, run):
            return JsonResponse({"detail": _("You may not see this.")}, status=403)
        return JsonResponse(stages.live(run), headers={"Cache-Control": "no-store"})

    @changes(may_sync)
    def cancel_view(self, request: HttpRequest, run: SyncRun) -> HttpResponseBase:
        return self._report(request, run, engine.cancel(run), _("The sync was cancelled."))

    @changes(may_sync)
    def retry_view(self, request: HttpRequest, run: SyncRun) -> HttpResponseBase:
        return self._report(request, run, engine.retry(run), _("The sync goes on now."))

    @changes(may_sync)
    def apply_view(self, request: HttpRequest, run: SyncRun) -> HttpResponseBase:
        done = review.apply(run, request.user)
        return self._report(request, run, done, _("The result is being applied."))

    @changes(may_sync)
    def discard_view(self, request: HttpRequest, run: SyncRun) -> HttpResponseBase:
        done = review.discard(run, request.user)
        return self._report(request, run, done, _("The result was discarded."))

    def _report(
        self, request: HttpRequest, run: SyncRun, done: bool, sentence: str
    ) -> HttpResponseRedirect:
        if done:
            messages.success(request, sentence)
        else:
            messages.warning(request, str(TOO_LATE))
        return to_run(run)


def run_context(request: HttpRequest, run: SyncRun) -> dict[str, Any]:
    """What the page of a run shows; `evidence` only while a person has to decide."""
    state = stages.live(run)
    rows = {row.name: row for row in run.stages.all()}
    return {
        "run": run,
        "state": state,
        "log": state["log"],
        "label": words.status_label(run),
        "colour": words.COLOURS[SyncRun.Status(run.status)],
        "figures": words.figures(run) if Name.LISTING in rows else [],
        "outstanding": stages.outstanding(run, rows.get(Name.DETAILS)),
        "explanation": describe(run),
        "requested": words.moment(run.created_at),
        "took": words.duration(run),
        "needs_keys": words.needs_keys(run),
        "followers_url": follower_list_url(run.account),
        "may_sync": may_sync(request),
        "may_see_followers": request.user.has_perm("followers.view_follower"),
        **(evidence_context(run) if run.status == SyncRun.Status.REVIEW else {}),
    }


def evidence_context(run: SyncRun) -> dict[str, Any]:
    """The numbers that a decision rests on, as `review` found them and as they are shown."""
    found = review.evidence(run)
    asked, still = (run.error_params.get(name, 0) for name in ("asked", "still"))
    return {
        "evidence": found,
        "gone": words.figure(found.gone),
        # Who was found to follow after all is not marked, whatever the answer.
        "leaving": words.figure(max(found.gone - still, 0)),
        "asked": stages.asked(asked, still),
        "mostly_follow": still > asked / 2,
        "numbers": [
            (words.figure(found.known), _("known followers")),
            (words.figure(found.listed), _("listed by WeChat now")),
            (words.figure(found.total), _("WeChat's own count")),
            (words.figure(found.gone), _("no longer listed")),
        ],
    }
