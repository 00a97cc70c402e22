"""Sync runs: the history, and a live page for each run."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from followers.accounts.access import Rights, has_perm
from followers.models import SyncRun, SyncStage
from followers.runs import engine
from followers.runs.heartbeat import explain_waiting
from followers.runs.messages import describe
from followers.sync import review

from ..shared.disclosure import disclosure
from ..shared.endpoints import post_only
from ..shared.formats import format_number, natural_datetime
from ..shared.urls import follower_list_url
from . import stages, words
from .review_page import review_context
from .run_admin import RunAdmin

Name = SyncStage.Name


@admin.register(SyncRun)
class SyncRunAdmin(RunAdmin):
    list_display = [
        "requested",
        "account",
        "state",
        "outcome",
        "started_by",
        "took",
        "note",
    ]
    list_display_links = ["requested"]
    list_before_template = "admin/followers/syncrun/list_before.html"
    change_form_template = "admin/followers/syncrun/run.html"
    endpoints = {name: f"{name}_view" for name in ("cancel", "retry", "apply", "discard")}
    too_late = gettext_lazy("This sync has moved on meanwhile; nothing was changed.")
    ended = gettext_lazy("The sync has ended already; there is nothing to cancel.")

    @admin.display(description=gettext_lazy("started by"))
    def started_by(self, run: SyncRun) -> str:
        return words.started_by(run) or "–"

    def title_of(self, request: HttpRequest, run: SyncRun) -> str:
        return _("Sync of %(account)s") % {"account": run.account.name}

    def context_of(self, request: HttpRequest, run: SyncRun) -> dict[str, Any]:
        """`evidence` only while the run is in review."""
        shown = disclosure(request)
        state = stages.live_progress(run, shown)
        rows = {row.name: row for row in run.stages.all()}
        return {
            "run": run,
            "state": state,
            "log": state["log"],
            "label": words.status_label(run),
            "colour": words.colour(run),
            "figures": words.count_tiles(run) if Name.LISTING in rows else [],
            "outstanding": stages.outstanding_line(run, rows.get(Name.DETAILS)),
            "explanation": explain_waiting(run),
            "requested": natural_datetime(run.created_at),
            "took": words.duration(run),
            "needs_keys": words.needs_credentials(run),
            "followers_url": follower_list_url(run.account),
            "rights": Rights(request.user, run.account),
            "may_act": has_perm(request.user, "sync_officialaccount", run.account),
            **(review_context(run, shown) if run.status == SyncRun.Status.REVIEW else {}),
        }

    def live(self, request: HttpRequest, run: SyncRun) -> dict[str, Any]:
        return stages.live_progress(run, disclosure(request))

    # --- Columns ------------------------------------------------------------------------------

    @admin.display(description=gettext_lazy("status"), ordering="status")
    def state(self, run: SyncRun) -> SafeString:
        return words.live_status(run)

    @admin.display(description=gettext_lazy("result"))
    def outcome(self, run: SyncRun) -> SafeString:
        return format_html(
            '<span class="wx-result">{}</span><span class="wx-sub">{}</span>',
            words.result_line(run) or "–",
            _("%(number)s unchanged") % {"number": format_number(run.unchanged)}
            if run.unchanged and run.status == SyncRun.Status.SUCCEEDED
            else "",
        )

    @admin.display(description=gettext_lazy("took"))
    def took(self, run: SyncRun) -> SafeString:
        return format_html('<span class="wx-nowrap">{}</span>', words.duration(run) or "–")

    @admin.display(description=gettext_lazy("note"))
    def note(self, run: SyncRun) -> SafeString:
        return format_html('<span class="wx-note">{}</span>', describe(run).meaning or "–")

    # --- What can be done to a run --------------------------------------------------------------

    @post_only("sync_officialaccount")
    def cancel_view(self, request: HttpRequest, run: SyncRun) -> HttpResponseBase:
        done = engine.cancel(run)
        return self.report(request, run, done, _("The sync was cancelled."), self.ended)

    @post_only("sync_officialaccount")
    def retry_view(self, request: HttpRequest, run: SyncRun) -> HttpResponseBase:
        return self.report(request, run, engine.retry(run), _("The sync goes on now."))

    @post_only("sync_officialaccount")
    def apply_view(self, request: HttpRequest, run: SyncRun) -> HttpResponseBase:
        done = review.apply(run, request.user)
        return self.report(request, run, done, _("The result is being applied."))

    @post_only("sync_officialaccount")
    def discard_view(self, request: HttpRequest, run: SyncRun) -> HttpResponseBase:
        done = review.discard(run, request.user)
        return self.report(request, run, done, _("The result was discarded."))
