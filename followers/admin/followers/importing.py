"""Changes to followers from a file: upload it, see what it would change, confirm."""

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
from followers.imports.beginning import begin, unfinished
from followers.imports.comparing import Comparison
from followers.imports.left_out import left_out_csv
from followers.imports.options import Options
from followers.imports.reading import Table
from followers.imports.template import template_xlsx
from followers.imports.waiting import forget_old, options_of, reading_of
from followers.models import ImportFile
from followers.runs.lease import lock_account

from ..changes.words import edit_url
from ..shared.endpoints import address, attachment
from ..shared.file_places import Held, file_place
from ..shared.model_admin import OwnObjectsAdmin
from ..shared.urls import follower_list_url
from .import_forms import BY_HAND, ColumnsForm, UploadForm, needs_columns, progress_of
from .import_preview import SHOWN, preview_context

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# After which a page that was too much at once tries again.
RETRY_SECONDS = 5
FileView = Callable[[OwnObjectsAdmin, HttpRequest, ImportFile], HttpResponseBase]


def of_file(view: FileView) -> Callable[[OwnObjectsAdmin, HttpRequest, int], HttpResponseBase]:
    """Hand the view the user's own file; one that cannot be had or read leads to where it can."""

    @wraps(view)
    def wrapped(model_admin: OwnObjectsAdmin, request: HttpRequest, key: int) -> HttpResponseBase:
        require_perm(request.user, "import_file")
        try:
            kept = _own_file(request, key)
            if kept.run:
                return HttpResponseRedirect(edit_url(kept.run))
            return view(model_admin, request, kept)
        except FileError as problem:
            if problem.code == "busy":
                return _busy(model_admin, request)
            # To where it can be mended.
            if problem.code in BY_HAND:
                return HttpResponseRedirect(_url("columns", key))
            messages.error(request, explain(problem))
            return HttpResponseRedirect(reverse("admin:followers_follower_import"))

    return wrapped


def urls(model_admin: OwnObjectsAdmin) -> list[URLPattern]:
    return [
        address(model_admin, "import/", import_view, "import"),
        address(model_admin, "import/template/", template_view, "import_template"),
        address(model_admin, "import/progress/<slug:token>/", progress_view, "import_progress"),
        address(model_admin, "import/<int:key>/", preview_view, "import_preview"),
        address(model_admin, "import/<int:key>/columns/", columns_view, "import_columns"),
        address(model_admin, "import/<int:key>/problems/", problems_view, "import_problems"),
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
    return _answer(model_admin, request, "import.html", context)


def progress_view(model_admin: OwnObjectsAdmin, request: HttpRequest, token: str) -> JsonResponse:
    """{"share": 0.5}; null while nothing is read yet."""
    require_perm(request.user, "import_file")
    return JsonResponse({"share": progress_of(request, token)})


def template_view(model_admin: OwnObjectsAdmin, request: HttpRequest) -> HttpResponseBase:
    """A workbook to fill in."""
    require_perm(request.user, "import_file")
    return attachment(template_xlsx(), f"{_('import template')}.xlsx", XLSX)


@of_file
def preview_view(
    model_admin: OwnObjectsAdmin, request: HttpRequest, kept: ImportFile
) -> HttpResponseBase:
    """What the file would change; a POST begins it, or changes how the file is taken."""
    if request.method == "POST" and "options" in request.POST:
        names = ("replace_tags", "include_hidden", "keep_commas")
        chosen: dict[str, Any] = {name: request.POST.get(name) == "1" for name in names}
        return _take(kept, replace(options_of(kept), **chosen))
    with file_place(), reading_of(kept) as reading:
        table, found = Table(reading, options_of(kept)), _comparison(request, kept)
        problems = found.problems(table.lines())
        first = list(islice(problems, SHOWN))
        # The others are gone through as well.
        deque(problems, maxlen=0)
    if request.method == "POST":
        return _start(request, kept, found)
    context = preview_context(reading.report, table, found, first)
    title = _("What the file would change")
    return _answer(model_admin, request, "preview.html", {"kept": kept, "title": title, **context})


@of_file
def columns_view(
    model_admin: OwnObjectsAdmin, request: HttpRequest, kept: ImportFile
) -> HttpResponseBase:
    """Say by hand which column is what."""
    options = options_of(kept)
    with file_place(), reading_of(kept) as reading:
        form = ColumnsForm(reading, options, request.POST or None)
        if request.method == "POST" and form.is_valid():
            by_hand = {"columns": form.columns, "header_row": form.cleaned_data["header_row"]}
            return _take(kept, replace(options, **by_hand))
        reason = needs_columns(reading, options)
    context = {"kept": kept, "form": form, "reason": reason}
    title = _("Which column is what?")
    return _answer(model_admin, request, "columns.html", {"title": title, **context})


@of_file
def problems_view(
    model_admin: OwnObjectsAdmin, request: HttpRequest, kept: ImportFile
) -> HttpResponseBase:
    """Every line that is left out as it stands in the file, its reason beside it."""
    with ExitStack() as held:
        held.enter_context(file_place())
        table = Table(held.enter_context(reading_of(kept)), options_of(kept))
        problems = _comparison(request, kept).problems(table.lines())
        pieces = Held(left_out_csv(table, problems), held.pop_all())
    return attachment(pieces, f"{kept.account.app_id}-{_('lines left out')}.csv")


def _busy(model_admin: OwnObjectsAdmin, request: HttpRequest) -> TemplateResponse:
    """Tries again by itself; what was posted has changed nothing."""
    response = _answer(model_admin, request, "busy.html", {"title": _("One moment")})
    response.status_code = 503
    response["Retry-After"] = response["Refresh"] = str(RETRY_SECONDS)
    return response


def _answer(
    model_admin: OwnObjectsAdmin, request: HttpRequest, template: str, context: dict[str, Any]
) -> TemplateResponse:
    urls = {
        "list_url": reverse("admin:followers_follower_changelist"),
        "import_url": reverse("admin:followers_follower_import"),
    }
    template = f"admin/followers/follower/import/{template}"
    return model_admin.answer(request, template, {**urls, **context})


def _own_file(request: HttpRequest, key: int) -> ImportFile:
    """The user's own upload, as long as the account is theirs too.

    Raises FileError for others, too: nobody learns whether there is such a file.
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


def _take(kept: ImportFile, options: Options) -> HttpResponseRedirect:
    ImportFile.objects.filter(pk=kept.pk).update(options=asdict(options))
    return HttpResponseRedirect(_url("preview", kept.pk))


def _start(request: HttpRequest, kept: ImportFile, found: Comparison) -> HttpResponseRedirect:
    """Record the run, once however often the button was pressed."""
    with transaction.atomic():
        lock_account(kept.account_id)
        # Meanwhile another upload or the other tab may have put it away.
        kept = _own_file(request, kept.pk)
        mark = found.options.fingerprint(kept.digest)
        run = kept.run or unfinished(kept.account, mark)
        run = run or begin(found, name=kept.name, mark=mark, user=request.user)
        if run is not None:
            ImportFile.objects.filter(pk=kept.pk).update(run=run, content=b"")
            return HttpResponseRedirect(edit_url(run))
        kept.delete()
    messages.info(request, _("Nothing was changed: everything is as the file says."))
    return HttpResponseRedirect(follower_list_url(found.account))
