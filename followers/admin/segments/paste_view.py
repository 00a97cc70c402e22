"""Paste openids or unionids: they become a kept list."""

import re
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from followers.accounts.access import accounts_of, require_perm
from followers.files.errors import FileError
from followers.files.reading import read_file
from followers.files.sentences import explain
from followers.models import OfficialAccount, Segment
from followers.segments.search import pasted_words

from ..shared.account_choice import chosen_account_id
from ..shared.chosen_account import OwnAccountField, chosen_account
from ..shared.file_slots import file_slot
from ..shared.formats import format_number
from ..shared.model_admin import OwnObjectsAdmin
from ..shared.segments import segment_url
from . import saving
from .kept_lists import default_name, earlier_list, found_and_not, keep_list
from .saving import SaveRefused

MAX_IDS = 10_000
# Longer ones no column could hold.
_ID = re.compile(r"[!-~]{1,64}")
_TITLES = {"openid", "open_id", "unionid", "union_id"}


@dataclass(frozen=True)
class Pasted:
    """ids: distinct; repeated, blank, unreadable: how many more words or lines there were."""

    ids: list[str]
    repeated: int
    blank: int
    unreadable: int


def read_pasted(text: str) -> Pasted:
    words = pasted_words(text)
    readable = [it for it in words if _ID.fullmatch(it) and it.lower() not in _TITLES]
    ids = list(dict.fromkeys(readable))
    blank = sum(not line.strip() for line in text.strip().splitlines())
    return Pasted(ids, len(readable) - len(ids), blank, len(words) - len(readable))


class PasteForm(forms.Form):
    account = OwnAccountField()
    ids = forms.CharField(required=False, strip=False)
    file = forms.FileField(required=False)
    name = forms.CharField(required=False)
    pasted: Pasted

    def __init__(self, request: HttpRequest, data: Any, files: Any) -> None:
        super().__init__(data, files)
        accounts: Any = self.fields["account"]
        accounts.offer(request.user)
        accounts.error_messages["required"] = _("Choose the account whose followers these are.")
        # Of an account that the user may not see, no more is told than of one that does not exist.
        accounts.error_messages["invalid_choice"] = accounts.error_messages["required"]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        self.pasted = read_pasted("\n".join([given.get("ids") or "", *_lines(given.get("file"))]))
        if not self.pasted.ids:
            raise forms.ValidationError(_("Paste at least one OpenID or UnionID."))
        if len(self.pasted.ids) > MAX_IDS:
            text = _("A list holds at most 10,000 ids; these are %(count)s. Paste them in parts.")
            count = {"count": format_number(len(self.pasted.ids))}
            raise forms.ValidationError(text % count)
        return given


def _lines(file: Any) -> list[str]:
    """The cells of a file; where a column is called OpenID or UnionID, those below it."""
    if not file:
        return []
    try:
        with file_slot(), read_file(file.file) as reading:
            rows = [[cell or "" for cell in row.cells] for row in reading.rows()]
    except FileError as problem:
        raise forms.ValidationError(explain(problem)) from problem
    titles = [cell.strip().lower().replace(" ", "_") for cell in rows[0]] if rows else []
    column = next((place for place, title in enumerate(titles) if title in _TITLES), None)
    if column is None:
        return [cell for row in rows for cell in row if cell]
    return [row[column] for row in rows[1:] if len(row) > column and row[column]]


def paste(model_admin: OwnObjectsAdmin, request: HttpRequest) -> HttpResponseBase:
    """GET: the page. POST: keep the list and open it."""
    require_perm(request.user, "add_segment")
    form = PasteForm(request, request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        account = form.cleaned_data["account"]
        require_perm(request.user, "add_segment", account)
        try:
            return _keep(request, account, form)
        except SaveRefused as refusal:
            form.add_error(None, str(refusal))
    accounts = list(accounts_of(request.user).order_by("name"))
    chosen = request.POST.get("account") or chosen_account(request) or chosen_account_id(request)
    context = {
        "title": _("Paste OpenIDs or UnionIDs"),
        "form": form,
        "accounts": accounts,
        "chosen": str(accounts[0].pk if len(accounts) == 1 else chosen),
        "default_name": default_name(),
    }
    return model_admin.answer(request, "admin/followers/segment/paste.html", context)


def _keep(request: HttpRequest, account: OfficialAccount, form: PasteForm) -> HttpResponseBase:
    given = form.cleaned_data["name"]
    if given.strip():
        name = saving.clean_name(given)
    else:
        name = saving.free_name(account.pk, default_name())
    segment = earlier_list(request.user, account, given and name, form.pasted.ids)
    if segment is None:
        segment = _kept_once(request, account, name, form)
    found, missing = found_and_not(segment)
    facts = {
        "name": segment.name,
        "count": format_number(len(form.pasted.ids)),
        "found": format_number(len(found)),
        "missing": format_number(len(missing)),
    }
    text = _("Kept as “%(name)s”: %(count)s ids, %(found)s found, %(missing)s not found.")
    messages.success(request, " ".join([text % facts, *_left_out(form.pasted)]))
    return HttpResponseRedirect(segment_url(segment))


def _kept_once(
    request: HttpRequest, account: OfficialAccount, name: str, form: PasteForm
) -> Segment:
    """Raises SaveRefused for a name that is taken, unless the same form has just taken it."""
    try:
        return keep_list(request.user, account, name, form.pasted.ids)
    except SaveRefused:
        if found := earlier_list(request.user, account, name, form.pasted.ids):
            return found
        raise


def _left_out(pasted: Pasted) -> list[str]:
    counts = (
        (pasted.repeated, ngettext("%(n)s was repeated.", "%(n)s were repeated.", pasted.repeated)),
        (pasted.blank, ngettext("%(n)s line was blank.", "%(n)s lines were blank.", pasted.blank)),
        (
            pasted.unreadable,
            ngettext("%(n)s entry is no id.", "%(n)s entries are no ids.", pasted.unreadable),
        ),
    )
    return [text % {"n": format_number(number)} for number, text in counts if number]
