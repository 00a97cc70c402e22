"""Import changes of followers from a file: upload, preview, confirm."""

from collections import deque
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict, replace
from functools import wraps
from itertools import islice
from secrets import token_urlsafe
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponseRedirect, JsonResponse
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse
from django.urls.resolvers import URLPattern
from django.utils.translation import gettext as _

from followers.accounts.access import own_accounts, require_perm
from followers.files.errors import FileError
from followers.files.sentences import explain
from followers.formats import join_sentences
from followers.imports.beginning import begin, unfinished
from followers.imports.comparing import Comparison
from followers.imports.left_out import left_out_csv
from followers.imports.options import Options
from followers.imports.reading import Table
from followers.imports.template import template_xlsx
from followers.imports.waiting import forget_old, options_of, reading_of
from followers.models import ImportFile
from followers.runs.lease import lock_account

from ..shared.endpoints import admin_path, attachment
from ..shared.file_slots import HeldIterator, file_slot
from ..shared.model_admin import OwnObjectsAdmin
from ..shared.urls import follower_list_url, run_url
from .import_forms import BY_HAND, ColumnsForm, UploadForm, needs_columns, read_progress
from .import_preview import SHOWN, preview_context

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# After this time a busy page reloads itself.
RETRY_SECONDS = 5
FileView = Callable[[OwnObjectsAdmin, HttpRequest, ImportFile], HttpResponseBase]


def with_own_file(
    view: FileView,
) -> Callable[[OwnObjectsAdmin, HttpRequest, int], HttpResponseBase]:
    """Pass the user's own file to the view, or redirect to the page where the problem is solved."""

    @wraps(view)
    def wrapped(model_admin: OwnObjectsAdmin, request: HttpRequest, key: int) -> HttpResponseBase:
        require_perm(request.user, "import_file")
        try:
            kept = _own_file(request, key)
            if kept.run:
                return HttpResponseRedirect(run_url(kept.run))
            return view(model_admin, request, kept)
        except FileError as problem:
            if problem.code == "busy":
                return _busy(model_admin, request)
            if problem.code in BY_HAND:
                return HttpResponseRedirect(_url("columns", key))
            messages.error(request, explain(problem))
            return HttpResponseRedirect(reverse("admin:followers_follower_import"))

    return wrapped


def urls(model_admin: OwnObjectsAdmin) -> list[URLPattern]:
    return [
        admin_path(model_admin, "import/", import_view, "import"),
        admin_path(model_admin, "import/template/", template_view, "import_template"),
        admin_path(model_admin, "import/progress/<slug:token>/", progress_view, "import_progress"),
        admin_path(model_admin, "import/<int:key>/", preview_view, "import_preview"),
        admin_path(model_admin, "import/<int:key>/columns/", columns_view, "import_columns"),
        admin_path(model_admin, "import/<int:key>/problems/", problems_view, "import_problems"),
    ]


def import_view(model_admin: OwnObjectsAdmin, request: HttpRequest) -> HttpResponseBase:
    """Choose an account and a file."""
    require_perm(request.user, "import_file")
    forget_old()
    form = UploadForm(request, request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        return HttpResponseRedirect(_url("preview", form.kept.pk))
    title = _("Import changes from a file")
    context = {"form": form, "title": title, "token": token_urlsafe(16)}
    return _render(model_admin, request, "import.html", context)


def progress_view(model_admin: OwnObjectsAdmin, request: HttpRequest, token: str) -> JsonResponse:
    """{"share": 0.5}; null if nothing was read yet."""
    require_perm(request.user, "import_file")
    return JsonResponse({"share": read_progress(request, token)})


def template_view(model_admin: OwnObjectsAdmin, request: HttpRequest) -> HttpResponseBase:
    """The template workbook."""
    require_perm(request.user, "import_file")
    return attachment(template_xlsx(), f"{_('import template')}.xlsx", XLSX)


@with_own_file
def preview_view(
    model_admin: OwnObjectsAdmin, request: HttpRequest, kept: ImportFile
) -> HttpResponseBase:
    """Show what the file would change; a POST changes the options or starts the import."""
    if request.method == "POST" and "options" in request.POST:
        names = ("replace_tags", "include_hidden", "keep_commas")
        chosen: dict[str, Any] = {name: request.POST.get(name) == "1" for name in names}
        return _save_options(kept, replace(options_of(kept), **chosen))
    with file_slot(), reading_of(kept) as reading:
        table, found = Table(reading, options_of(kept)), _comparison(request, kept)
        problems = found.problems(table.lines())
        first = list(islice(problems, SHOWN))
        # Exhaust it, so that all lines are counted.
        deque(problems, maxlen=0)
    if request.method == "POST":
        return _start_change(request, kept, found)
    context = preview_context(reading.report, table, found, first)
    title = _("What the file would change")
    return _render(model_admin, request, "preview.html", {"kept": kept, "title": title, **context})


@with_own_file
def columns_view(
    model_admin: OwnObjectsAdmin, request: HttpRequest, kept: ImportFile
) -> HttpResponseBase:
    """Choose the meaning of the columns."""
    options = options_of(kept)
    with file_slot(), reading_of(kept) as reading:
        form = ColumnsForm(reading, options, request.POST or None)
        if request.method == "POST" and form.is_valid():
            by_hand = {"columns": form.columns, "header_row": form.cleaned_data["header_row"]}
            return _save_options(kept, replace(options, **by_hand))
        reason = needs_columns(reading, options)
    if reason:
        reason = join_sentences(reason, _("Or say here which column is what."))
    context = {"kept": kept, "form": form, "reason": reason}
    title = _("Which column is what?")
    return _render(model_admin, request, "columns.html", {"title": title, **context})


@with_own_file
def problems_view(
    model_admin: OwnObjectsAdmin, request: HttpRequest, kept: ImportFile
) -> HttpResponseBase:
    """Download the skipped lines as they are in the file, each with its reason."""
    with ExitStack() as held:
        held.enter_context(file_slot())
        table = Table(held.enter_context(reading_of(kept)), options_of(kept))
        problems = _comparison(request, kept).problems(table.lines())
        pieces = HeldIterator(left_out_csv(table, problems), held.pop_all())
    return attachment(pieces, f"{kept.account.app_id}-{_('lines left out')}.csv")


def _busy(model_admin: OwnObjectsAdmin, request: HttpRequest) -> TemplateResponse:
    """503 with a page that reloads itself; nothing was changed."""
    response = _render(model_admin, request, "busy.html", {"title": _("One moment")})
    response.status_code = 503
    response["Retry-After"] = response["Refresh"] = str(RETRY_SECONDS)
    return response


def _render(
    model_admin: OwnObjectsAdmin, request: HttpRequest, template: str, context: dict[str, Any]
) -> TemplateResponse:
    urls = {
        "list_url": reverse("admin:followers_follower_changelist"),
        "import_url": reverse("admin:followers_follower_import"),
    }
    template = f"admin/followers/follower/import/{template}"
    return model_admin.answer(request, template, {**urls, **context})


def _own_file(request: HttpRequest, key: int) -> ImportFile:
    """The user's own upload for one of their accounts.

    Raises the same FileError for other users' files, so that they stay undisclosed.
    """
    own = ImportFile.objects.filter(
        uploaded_by=request.user.pk, account__in=list(own_accounts(request.user))
    )
    found = own.select_related("account", "run").filter(pk=key).first()
    if found is None:
        raise FileError("gone")
    return found


def _url(page: str, key: int) -> str:
    return reverse(f"admin:followers_follower_import_{page}", args=[key])


def _comparison(request: HttpRequest, kept: ImportFile) -> Comparison:
    return Comparison(kept.account, options_of(kept), seen_by=list(own_accounts(request.user)))


def _save_options(kept: ImportFile, options: Options) -> HttpResponseRedirect:
    ImportFile.objects.filter(pk=kept.pk).update(options=asdict(options))
    return HttpResponseRedirect(_url("preview", kept.pk))


def _start_change(
    request: HttpRequest, kept: ImportFile, found: Comparison
) -> HttpResponseRedirect:
    """Record the run; once, even if the form is sent twice."""
    with transaction.atomic():
        lock_account(kept.account_id)
        # Another upload or tab may have deleted it meanwhile.
        kept = _own_file(request, kept.pk)
        mark = found.options.fingerprint(kept.digest)
        run = kept.run or unfinished(kept.account, mark)
        run = run or begin(found, name=kept.name, mark=mark, user=request.user)
        if run is not None:
            ImportFile.objects.filter(pk=kept.pk).update(run=run, content=b"")
            return HttpResponseRedirect(run_url(run))
        kept.delete()
    messages.info(request, _("Nothing was changed: everything is as the file says."))
    return HttpResponseRedirect(follower_list_url(found.account))
