"""Changes to followers from a file: upload it, see what it would change, confirm."""

import csv
import io
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import islice
from typing import Any, BinaryIO

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models.functions import Now
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.urls.resolvers import URLPattern
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from followers.clock import db_now
from followers.export import BOM, neutralised
from followers.imports.beginning import begin, effort, fingerprint, unfinished
from followers.imports.comparing import Comparison
from followers.imports.reading import MOST_BYTES, Table, as_csv, read
from followers.models import EditRun, ImportFile, OfficialAccount
from followers.sync.lease import lock_account
from followers.tables import BLOCK, FileError, Problem

from . import words
from .common import follower_list_url
from .confirming import calls_words
from .edit_words import IMPORT, edit_url
from .filters import chosen_account, own_accounts

SHOWN = 100
# Between the preview and its confirmation.
KEPT = timedelta(days=1)


class ImportMixin:
    """For the ModelAdmin of followers."""

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view  # type: ignore[attr-defined]
        name = "followers_follower_import"
        own = [
            path("import/", wrap(self.import_view), name=name),
            path("import/<int:key>/", wrap(self.preview_view), name=f"{name}_preview"),
            path("import/<int:key>/problems/", wrap(self.problems_view), name=f"{name}_problems"),
        ]
        return own + super().get_urls()  # type: ignore[misc, no-any-return]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponseBase:
        context = {"may_import": may_import(request), "import_account": chosen_account(request)}
        return super().changelist_view(  # type: ignore[misc, no-any-return]
            request, {**context, **(extra_context or {})}
        )

    def import_view(self, request: HttpRequest) -> HttpResponseBase:
        """Choose an account and a file."""
        _allow(request)
        _forget_old()
        form = UploadForm(request, request.POST or None, request.FILES or None)
        if request.method == "POST" and form.is_valid():
            return HttpResponseRedirect(_preview_url(form.keep(request.user)))
        context = {"form": form, "title": _("Import changes from a file")}
        return self._answer(request, "import.html", context)

    def preview_view(self, request: HttpRequest, key: int) -> HttpResponseBase:
        """What the file would change; a POST begins it."""
        kept = _own_file(request, key)
        if kept.run:
            return HttpResponseRedirect(edit_url(kept.run))
        with _unpacked(kept) as file:
            table, found = read(file), _comparison(request, kept)
            problems = found.problems(table.lines())
            first = list(islice(problems, SHOWN))
            for _rest in problems:
                pass
            if request.method == "POST":
                return _start(request, kept, found)
        context = {"kept": kept, "title": _("What the file would change"), "problems": first}
        return self._answer(request, "preview.html", {**context, **_preview(table, found)})

    def problems_view(self, request: HttpRequest, key: int) -> HttpResponseBase:
        """Every line that is left out, as CSV."""
        kept = _own_file(request, key)
        if kept.run:
            raise Http404
        with _unpacked(kept) as file:
            problems = _comparison(request, kept).problems(read(file).lines())
            response = HttpResponse(_problems_csv(problems), "text/csv; charset=utf-8")
        name = f"{kept.account.app_id}-{_('lines left out')}.csv"
        response["Content-Disposition"] = content_disposition_header(True, name)
        return response

    def _answer(
        self, request: HttpRequest, template: str, context: dict[str, Any]
    ) -> TemplateResponse:
        page = {
            **self.admin_site.each_context(request),  # type: ignore[attr-defined]
            "opts": self.opts,  # type: ignore[attr-defined]
            "media": self.media,  # type: ignore[attr-defined]
            "list_url": reverse("admin:followers_follower_changelist"),
            "import_url": reverse("admin:followers_follower_import"),
        }
        return TemplateResponse(request, f"admin/followers/import/{template}", {**page, **context})


def may_import(request: HttpRequest) -> bool:
    # What would change tells who is known, and what is known of them.
    return bool(request.user.has_perms((IMPORT, "followers.view_follower")))


def _allow(request: HttpRequest) -> None:
    if not may_import(request):
        raise PermissionDenied


def _own_file(request: HttpRequest, key: int) -> ImportFile:
    """The user's own upload, as long as the account is theirs too."""
    _allow(request)
    own = ImportFile.objects.filter(
        uploaded_by=request.user.pk, account__in=list(own_accounts(request))
    )
    found = own.select_related("account", "run").filter(pk=key).first()
    if found is None:
        raise Http404(_("This file is no longer kept. Upload it again."))
    return found


def _forget_old() -> None:
    ImportFile.objects.filter(uploaded_at__lt=db_now() - KEPT).delete()


def _preview_url(kept: ImportFile) -> str:
    return reverse("admin:followers_follower_import_preview", args=[kept.pk])


def _comparison(request: HttpRequest, kept: ImportFile) -> Comparison:
    return Comparison(
        kept.account, replace_tags=kept.replace_tags, seen_by=list(own_accounts(request))
    )


def _start(request: HttpRequest, kept: ImportFile, found: Comparison) -> HttpResponseRedirect:
    """Record the run, once however often the button was pressed."""
    with transaction.atomic():
        lock_account(kept.account_id)
        kept = ImportFile.objects.select_related("run").get(pk=kept.pk)
        run = kept.run or _begun(request, kept, found)
        if run is not None:
            ImportFile.objects.filter(pk=kept.pk).update(run=run, content=b"")
            return HttpResponseRedirect(edit_url(run))
        kept.delete()
    messages.info(request, _("Nothing was changed: everything is as the file says."))
    return HttpResponseRedirect(follower_list_url(found.account))


def _begun(request: HttpRequest, kept: ImportFile, found: Comparison) -> EditRun | None:
    same = unfinished(kept.account, kept.mark)
    return same or begin(found, name=kept.name, mark=kept.mark, user=request.user)


def _preview(table: Table, found: Comparison) -> dict[str, Any]:
    cost = effort(found)
    figures = (
        (found.lines, _("lines")),
        (found.bad, _("lines left out")),
        (found.tags_added, _("tags to add")),
        (found.tags_removed, _("tags to remove")),
        (len(found.remarks), _("remarks")),
        (len(found.notes), _("internal notes")),
    )
    return {
        "possible": found.changes > 0,
        # As the run counts them: it creates the tags first.
        "changes": words.figure(found.changes + len(found.created)),
        "tiles": [(words.figure(number), text) for number, text in figures],
        "ignored": table.ignored,
        "created": found.created,
        "by_tag": _by_tag(found),
        "effort": calls_words(cost.calls, cost.seconds) if cost.calls else "",
        "days": words.figure(cost.days) if cost.days > 1 else "",
        "bad": found.bad,
        "more": words.figure(found.bad - SHOWN) if found.bad > SHOWN else "",
    }


def _by_tag(found: Comparison) -> list[tuple[str, str, str]]:
    """(tag, given to, taken from), most first."""
    names = {*found.added, *found.removed}
    counts = [
        (name, len(found.added.get(name, ())), len(found.removed.get(name, ()))) for name in names
    ]
    counts.sort(key=lambda row: (-row[1] - row[2], row[0]))
    return [(name, words.figure(add), words.figure(remove)) for name, add, remove in counts]


def _problems_csv(problems: Iterator[Problem]) -> str:
    page = io.StringIO()
    writer = csv.writer(page)
    writer.writerow([_("line"), _("reason")])
    writer.writerows((problem.number, neutralised(problem.text)) for problem in problems)
    return BOM + page.getvalue()


def _packed(file: BinaryIO) -> bytes:
    file.seek(0)
    packer = zlib.compressobj()
    pieces = [packer.compress(block) for block in iter(lambda: file.read(BLOCK), b"")]
    return b"".join([*pieces, packer.flush()])


@contextmanager
def _unpacked(kept: ImportFile) -> Iterator[BinaryIO]:
    """The upload as a file again, which takes no memory."""
    unpacker = zlib.decompressobj()
    with tempfile.TemporaryFile() as file:
        piece = bytes(kept.content)
        while piece:
            file.write(unpacker.decompress(piece, BLOCK))
            piece = unpacker.unconsumed_tail
        file.write(unpacker.flush())
        yield file


class UploadForm(forms.Form):
    account = forms.ModelChoiceField(OfficialAccount.objects.none(), label=gettext_lazy("account"))
    file = forms.FileField(label=gettext_lazy("CSV or XLSX file"))
    replace_tags = forms.BooleanField(required=False)

    def __init__(self, request: HttpRequest, data: Any, files: Any) -> None:
        super().__init__(data, files, initial={"account": chosen_account(request)})
        accounts: Any = self.fields["account"]
        accounts.queryset = OfficialAccount.objects.visible_to(request.user)
        if len(own_accounts(request)) == 1:
            accounts.empty_label = None

    def clean_file(self) -> Any:
        """Read to its end: what is kept can be previewed."""
        upload = self.cleaned_data["file"]
        try:
            if upload.size > MOST_BYTES:
                raise FileError(_("The file is larger than 64 MB: split it."))
            with as_csv(upload.file) as table:
                for _line in read(table).lines():
                    pass
                self.content = _packed(table)
        except FileError as problem:
            raise forms.ValidationError(str(problem)) from problem
        return upload

    def keep(self, user: Any) -> ImportFile:
        upload, replace_tags = self.cleaned_data["file"], self.cleaned_data["replace_tags"]
        return ImportFile.objects.create(
            account=self.cleaned_data["account"],
            uploaded_by=user,
            name=upload.name[-255:],
            content=self.content,
            mark=fingerprint(upload.file, replace_tags=replace_tags),
            replace_tags=replace_tags,
            uploaded_at=Now(),
        )
