"""After a bulk change was started: the list again, which tells how it goes and what came of it."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseRedirect
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from followers.accounts.access import visible_to_user
from followers.changes.step_queries import attach_steps
from followers.models import EditRun
from followers.runs.messages import describe

from ..runs.words import colour
from ..shared.disclosure import EVERYTHING
from ..shared.urls import run_url
from . import counts, words

STARTED = "started_changes"
MAX_STARTED = 5
LEVELS = {"success": messages.SUCCESS, "danger": messages.ERROR}


def back_to_list(request: HttpRequest, run: EditRun) -> HttpResponseRedirect:
    """The list with the filter that the change was started with, which follows the run."""
    known = [key for key in request.session.get(STARTED, []) if key != run.pk]
    request.session[STARTED] = [*known, run.pk][-MAX_STARTED:]
    return HttpResponseRedirect(request.get_full_path())


def started_context(request: HttpRequest) -> dict[str, Any]:
    """Cards with live bars for the changes that the user has started here.

    What came of those that are over is told by a message, once.
    """
    keys = request.session.get(STARTED)
    if request.method != "GET" or not keys:
        return {}
    rows = visible_to_user(EditRun.objects.filter(pk__in=keys), request.user).order_by("pk")
    runs = attach_steps(rows.select_related("account"))
    active = [run for run in runs if run.is_active]
    for run in runs:
        if not run.is_active:
            messages.add_message(request, LEVELS.get(colour(run), messages.WARNING), _ended(run))
    if len(active) < len(keys):
        request.session[STARTED] = [run.pk for run in active]
    return {"started": [words.card(run, EVERYTHING) for run in active]}


def _ended(run: EditRun) -> SafeString:
    said = counts.counts_line(run) or describe(run).meaning or run.get_status_display()
    return format_html(
        '{}{}{} <a class="wx-link" href="{}">{}</a>',
        words.run_title(run, EVERYTHING),
        _(": "),
        said,
        run_url(run),
        _("View the change"),
    )
