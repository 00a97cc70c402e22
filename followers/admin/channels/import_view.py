"""Import channel names from a file: a preview, then the import."""

import io
from bisect import bisect_right
from itertools import accumulate
from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from followers import channel_files
from followers.accounts.access import require_perm
from followers.audit import Action, record
from followers.files import notices
from followers.files.errors import FileError
from followers.files.problems import Problem
from followers.files.reading import read_file
from followers.files.sentences import explain
from followers.imports.left_out import problems_csv
from followers.models import Channel, OfficialAccount
from followers.segments.filter import ACCOUNT

from ..shared.chosen_account import OwnAccountField, chosen_account
from ..shared.endpoints import attachment
from ..shared.file_slots import file_slot
from ..shared.model_admin import OwnObjectsAdmin
from ..shared.segment_uses import warn_of_old_names

# Twice as many where all are quotation marks, three bytes each: less than a form may send
# (DATA_UPLOAD_MAX_MEMORY_SIZE).
MAX_LEFT_OUT_CHARS = 1_000_000
LIST = "admin:followers_channel_changelist"


def import_view(model_admin: OwnObjectsAdmin, request: HttpRequest) -> HttpResponseBase:
    """Choose a file; see what it would change; import it."""
    require_perm(request.user, "import_channels")
    if "left_out" in request.POST:
        # The preview's form sends the file along: uploads are not stored.
        return attachment(request.POST["left_out"], f"{_('channels')}-{_('lines left out')}.csv")
    form = ImportForm(request, request.POST or None, request.FILES or None)
    context: dict[str, Any] = {"title": _("Import channels"), "form": form}
    if request.method == "POST" and form.is_valid():
        account = form.cleaned_data["account"]
        require_perm(request.user, "import_channels", account)
        plan = channel_files.compare(account, form.table.lines)
        if "apply" in request.POST:
            return _apply(request, account, plan)
        context |= {"plan": plan, "about": form.about, "chosen": account}
        good = [line for line in form.table.lines if not line.problem]
        context["text"] = channel_files.written(good)
        context |= _left_out_context(form.table.header.titles, plan.problems)
    return model_admin.answer(request, "admin/followers/channel/import.html", context)


def _left_out_context(titles: list[str], problems: list[Problem]) -> dict[str, Any]:
    """The file of skipped lines, and their number if it does not have all of them.

    The page's form contains the file, so it must not become too large to be sent.
    """
    sizes = accumulate(sum(len(cell or "") for cell in it.cells) + len(it.text) for it in problems)
    fitting = bisect_right(list(sizes), MAX_LEFT_OUT_CHARS)
    text = problems_csv(titles, problems[:fitting])
    return {"left_out": text, "fitting": fitting if fitting < len(problems) else None}


def _apply(
    request: HttpRequest, account: OfficialAccount, plan: channel_files.Plan
) -> HttpResponseRedirect:
    before = list(Channel.objects.filter(pk__in=[it.pk for it in plan.changed]))
    with transaction.atomic():
        channel_files.apply(plan)
        facts = {"channels": True, "lines": len(plan.new) + len(plan.changed)}
        record(Action.IMPORTED, subject=account.name, accounts=[account], details=facts)
    text = _("Imported: %(new)s new, %(changed)s changed, %(same)s unchanged.")
    counts = {"new": len(plan.new), "changed": len(plan.changed), "same": plan.same}
    messages.success(request, text % counts)
    for warning in warn_of_old_names(request, before):
        messages.warning(request, warning)
    return HttpResponseRedirect(f"{reverse(LIST)}?{urlencode({ACCOUNT: account.pk})}")


class ImportForm(forms.Form):
    """A file, or its lines as the preview's form sends them back."""

    account = OwnAccountField()
    file = forms.FileField(label=gettext_lazy("CSV or Excel file (.xlsx)"), required=False)
    text = forms.CharField(widget=forms.HiddenInput, required=False, strip=False)
    include_hidden = forms.BooleanField(required=False)

    def __init__(self, request: HttpRequest, data: Any, files: Any) -> None:
        super().__init__(data, files, initial={"account": chosen_account(request)})
        accounts: Any = self.fields["account"]
        accounts.offer(request.user)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        file, text = given.get("file"), given.get("text") or ""
        if not file and not text:
            raise forms.ValidationError(_("Choose a file."))
        hidden = given.get("include_hidden", False)
        try:
            source = file.file if file else io.BytesIO(text.encode())
            with file_slot(), read_file(source) as reading:
                self.table = channel_files.read(reading, include_hidden=hidden)
        except FileError as problem:
            raise forms.ValidationError(explain(problem)) from problem
        said = notices.of_columns(reading.report, self.table.header)
        hidden_words = notices.of_hidden(self.table.hidden, included=hidden)
        self.about = [*said, *[hidden_words] * bool(hidden_words)]
        self.about += notices.of_nothing(len(self.table.lines) + self.table.hidden)
        return given
