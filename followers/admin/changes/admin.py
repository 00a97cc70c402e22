"""Changes that are sent to WeChat: the list of all, and a live page for each."""

from collections.abc import Callable
from itertools import islice
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import path, reverse
from django.urls.resolvers import URLPattern
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from followers.accounts.access import Rights, has_perm, require_perm
from followers.changes.access import may_control, may_retry_failed, may_undo
from followers.changes.change import ChangeRefused
from followers.changes.progress import change_progress, followers_with_outcome
from followers.changes.step_queries import attach_steps, count_people, load_steps
from followers.changes.undo import UndoPreview, preview_undo, retry_failed, undo
from followers.export import export_people
from followers.models import EditRun
from followers.runs import engine
from followers.runs.heartbeat import explain_waiting
from followers.runs.messages import describe

from ..runs import words as run_words
from ..runs.run_admin import RunAdmin
from ..shared.disclosure import NEEDS_VIEW, disclosure
from ..shared.endpoints import attachment, post_only
from ..shared.formats import format_number, natural_datetime
from ..shared.safe_changelist import SafeChangeList
from ..shared.urls import follower_list_url, run_url
from . import counts, words
from .idempotency import new_nonce, record_once
from .step_states import step_states
from .undo_state import attach_undo_states, blocking_undo, undo_label, undo_question, undo_states
from .words import OUTCOMES

Record = Callable[[EditRun, Any], EditRun]
Elsewhere = Callable[[], EditRun | None]
FAILURES_SHOWN = 20


class EditChangeList(SafeChangeList):
    result_list: Any

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        # change_list_results.html gets no context but the changelist.
        self.rights = Rights(request.user)
        shown = disclosure(request)
        self.result_list = attach_undo_states(attach_steps(self.result_list))
        for run in self.result_list:
            run.title = words.run_title(run, shown)
            run.meant = run.selection if shown.followers else ""


@admin.register(EditRun)
class EditRunAdmin(RunAdmin):
    changelist_class = EditChangeList
    list_display = ["requested", "account", "what", "state", "outcome", "started_by"]
    list_display_links = ["requested"]
    list_before_template = "admin/followers/editrun/list_before.html"
    sortable_by = ()
    ordering = ["-pk"]
    change_form_template = "admin/followers/editrun/run.html"
    endpoints = {name: f"{name}_view" for name in ("cancel", "retry", "again", "undo")}
    too_late = gettext_lazy("This change has moved on meanwhile; nothing was changed.")
    ended = gettext_lazy("The change has ended already; there is nothing to cancel.")

    def title_of(self, request: HttpRequest, run: EditRun) -> str:
        return words.run_title(run, disclosure(request))

    def context_of(self, request: HttpRequest, run: EditRun) -> dict[str, Any]:
        state, shown = self.live(request, run), disclosure(request)
        steps = load_steps(run)
        undone = undo_states([run]).get(run.pk)
        is_being_undone = undone is not None and undone.latest.is_active
        offered = may_undo(request.user, run) and not is_being_undone
        reversible = preview_undo(run) if offered else UndoPreview()
        unfinished = run.selected - run.done - run.skipped if not run.is_active else 0
        return {
            "run": run,
            "state": state,
            "label": format_html("{} {}", run_words.status_label(run), undo_label(undone)),
            "colour": state["colour"],
            "steps": [
                {"title": words.step_title(step, shown), **its}
                for step, its in zip(steps, state["steps"], strict=True)
            ]
            if len(steps) > 1
            else [],
            "explanation": explain_waiting(run),
            "requested": natural_datetime(run.created_at),
            "took": run_words.duration(run),
            "tiles": counts.count_tiles(run),
            "several": counts.people_and_steps(count_people(run), len(steps))
            if len(steps) > 1
            else "",
            "overwritten": counts.overwritten_lines(run),
            "skips": [(it["reason"], format_number(it["number"])) for it in state["skips"]],
            "lists": _lists(request, run),
            "selection": run.selection if shown.followers else "",
            "failures": list(islice(followers_with_outcome(run, "failed"), FAILURES_SHOWN))
            if run.failed and shown.followers
            else [],
            "needs_view": NEEDS_VIEW if run.failed and not shown.followers else "",
            "more_failures": format_number(max(run.failed - FAILURES_SHOWN, 0)),
            "undo_of": run.undo_of_id and run.undo_of,
            "undone": undone and {"url": run_url(undone.latest), "sentence": undone.sentence},
            "undoable": reversible.total,
            "undo_question": undo_question(reversible, in_changes=counts.counts_changes(run)),
            "can_control": may_control(request.user, run),
            "may_act": may_control(request.user, run),
            "may_repeat": may_retry_failed(request.user, run),
            # Failed, or not reached before the run ended.
            "unfinished": unfinished,
            "unfinished_figure": format_number(unfinished),
            "rights": Rights(request.user, run.account),
            "followers_url": follower_list_url(run.account),
            "nonce": new_nonce(),
        }

    def live(self, request: HttpRequest, run: EditRun) -> dict[str, Any]:
        """The progress JSON with the keys that the live bar needs.

        `colour`; `total`: followers to change; `phase`: what a queued run waits for; `unreached`:
        followers without an outcome; `steps`: the state of each step in words.
        """
        return {
            **change_progress(run),
            "phase": words.waits_for(run),
            "colour": run_words.colour(run),
            "total": run.selected - run.skipped,
            "unreached": counts.unreached_count(run),
            "steps": step_states(run),
        }

    def list_context(self, request: HttpRequest) -> dict[str, Any]:
        return {"title": _("Changes")}

    def get_urls(self) -> list[URLPattern]:
        people = path(
            "<int:object_id>/people/<slug:outcome>/",
            self.admin_site.admin_view(self.people_view),
            name="followers_editrun_people",
        )
        return [people, *super().get_urls()]

    # --- Columns ------------------------------------------------------------------------------

    @admin.display(description=gettext_lazy("change"))
    def what(self, run: Any) -> SafeString:
        return format_html(
            '<div class="wx-cell"><bdi>{}</bdi><span class="wx-sub"><bdi>{}</bdi></span></div>',
            run.title,
            run.meant,
        )

    @admin.display(description=gettext_lazy("started by"))
    def started_by(self, run: EditRun) -> str:
        return run.requester or "–"

    @admin.display(description=gettext_lazy("status"))
    def state(self, run: Any) -> SafeString:
        return format_html("{} {}", run_words.live_status(run), undo_label(run.undone))

    @admin.display(description=gettext_lazy("result"))
    def outcome(self, run: EditRun) -> SafeString:
        return format_html(
            '<div class="wx-cell">{}<span class="wx-sub">{}</span></div>',
            counts.counts_line(run) or "–",
            describe(run).meaning,
        )

    # --- What can be done to a run --------------------------------------------------------------

    def people_view(self, request: HttpRequest, object_id: int, outcome: str) -> HttpResponseBase:
        """The followers of one outcome as CSV; logged as an export."""
        run = self.own_object(request, object_id)
        require_perm(request.user, "export_change", run.account)
        if outcome not in OUTCOMES:
            raise Http404
        lines = export_people(
            followers_with_outcome(run, outcome),
            user=request.user,
            account=run.account,
            filters={"params": {}, "selected": None, "edit": run.pk, "list": outcome},
        )
        return attachment(lines, f"{_('change')}-{run.pk}-{OUTCOMES[outcome]}.csv")

    @post_only("view_editrun")
    def cancel_view(self, request: HttpRequest, run: EditRun) -> HttpResponseBase:
        _require(may_control(request.user, run))
        done = _("The change was cancelled. What was done stays; see the lists below.")
        return self.report(request, run, engine.cancel(run), done, self.ended)

    @post_only("view_editrun")
    def retry_view(self, request: HttpRequest, run: EditRun) -> HttpResponseBase:
        _require(may_control(request.user, run))
        return self.report(request, run, engine.retry(run), _("The change goes on now."))

    @post_only("view_editrun")
    def again_view(self, request: HttpRequest, run: EditRun) -> HttpResponseBase:
        _require(may_retry_failed(request.user, run))
        return self._begin(request, run, retry_failed)

    @post_only("undo_edits")
    def undo_view(self, request: HttpRequest, run: EditRun) -> HttpResponseBase:
        _require(may_undo(request.user, run))
        return self._begin(request, run, undo, lambda: blocking_undo(run))

    def _begin(
        self,
        request: HttpRequest,
        run: EditRun,
        record: Record,
        elsewhere: Elsewhere = lambda: None,
    ) -> HttpResponseBase:
        """Redirect to the run that `record` creates, or to one that was begun `elsewhere`.

        Redirect to this run if there is nothing to do.
        """
        if run.is_active:
            return self.report(request, run, False, "")
        try:
            begun = record_once(request, run.account, lambda: record(run, request.user), elsewhere)
        except ChangeRefused as refusal:
            messages.warning(request, str(refusal))
            begun = run
        return HttpResponseRedirect(run_url(begun))


def _require(allowed: bool) -> None:
    if not allowed:
        raise PermissionDenied


def _lists(request: HttpRequest, run: EditRun) -> list[dict[str, str]]:
    """Links to the outcome files of a finished run, without the empty ones."""
    if run.is_active or not has_perm(request.user, "export_change", run.account):
        return []
    in_changes = counts.counts_changes(run)
    return [
        {
            "url": reverse("admin:followers_editrun_people", args=[run.pk, name]),
            "label": str(label),
            # These files contain followers, not changes.
            "number": "" if in_changes else format_number(getattr(run, name)),
        }
        for name, label in OUTCOMES.items()
        if getattr(run, name)
    ]
