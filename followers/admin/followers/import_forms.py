"""The forms of an import: the upload, and the choice of columns."""

import re
from collections.abc import Callable
from typing import Any

from django import forms
from django.core.cache import cache
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from followers.files import bounds
from followers.files.columns import IMPORT_COLUMNS
from followers.files.errors import FileError
from followers.files.headers import Places, known_titles, same_name, titles_of
from followers.files.reading import Reading, Row, read_file
from followers.files.sentences import explain
from followers.imports import waiting
from followers.imports.options import Options
from followers.imports.reading import Table
from followers.models import ImportFile

from ..shared.cache import call_cache
from ..shared.chosen_account import OwnAccountField, chosen_account
from ..shared.file_slots import file_slot

SHOWN_COLUMNS = 20
SHOWN_ROWS = 6
# Error codes that the user can fix by choosing the columns.
BY_HAND = ("no_columns", "column_twice")
PROGRESS_SECONDS = 300
_TOKEN = re.compile(r"[\w-]{1,64}")
_OPENID = re.compile(r"o[\w-]{20,40}")


class UploadForm(forms.Form):
    account = OwnAccountField()
    file = forms.FileField(label=gettext_lazy("CSV or Excel file (.xlsx)"))
    replace_tags = forms.BooleanField(required=False)
    include_hidden = forms.BooleanField(required=False)

    def __init__(self, request: HttpRequest, data: Any, files: Any) -> None:
        super().__init__(data, files, initial={"account": chosen_account(request)})
        self.request = request
        accounts: Any = self.fields["account"]
        accounts.offer(request.user)

    def clean(self) -> dict[str, Any]:
        """Read the whole file, so that only files that can be previewed are stored."""
        given = super().clean() or self.cleaned_data
        if given.get("file") and given.get("account"):
            try:
                tell = progress_writer(self.request)
                with file_slot(), read_file(given["file"].file, tell) as reading:
                    self.kept = self._keep(reading)
            except FileError as problem:
                self.add_error("file", explain(problem))
        return given

    def _keep(self, reading: Reading) -> ImportFile:
        names = ("replace_tags", "include_hidden")
        options = Options(**{name: self.cleaned_data[name] for name in names})
        if not needs_columns(reading, options):
            for _line in Table(reading, options).lines():
                pass
        upload = self.cleaned_data["file"]
        return waiting.keep(
            self.cleaned_data["account"],
            reading,
            upload.file,
            name=upload.name,
            options=options,
            user=self.request.user,
        )


def needs_columns(reading: Reading, options: Options) -> str:
    """Why the user has to choose the columns, in the active language; "" if they are known."""
    try:
        Table(reading, options)
    except FileError as problem:
        if problem.code in BY_HAND:
            return explain(problem)
        raise
    return ""


def progress_writer(request: HttpRequest) -> Callable[[float], None]:
    """A callback that stores the share read so far for `read_progress`."""
    token = request.POST.get("progress", "")
    if not _TOKEN.fullmatch(token):
        return lambda share: None

    def tell(share: float) -> None:
        call_cache(cache.set, _key(request, token), share, PROGRESS_SECONDS)

    return tell


def read_progress(request: HttpRequest, token: str) -> float | None:
    found: float | None = call_cache(cache.get, _key(request, token))
    return found


def _key(request: HttpRequest, token: str) -> str:
    return f"import-{request.user.pk}-{token}"


class ColumnsForm(forms.Form):
    """header_row: the number of the header row, 0 if there is none."""

    def __init__(self, reading: Reading, options: Options, data: Any) -> None:
        super().__init__(data)
        self.rows = reading.first(bounds.HEADER_WITHIN)
        self.width = min(max((len(row.cells) for row in self.rows), default=0), SHOWN_COLUMNS)
        number, columns = options.header_row, dict(options.columns or {})
        if options.columns is None:
            number, columns = _guess(self.rows)
        numbers = [(0, _("none of them")), *[(row.number, row.number) for row in self.rows]]
        self.fields["header_row"] = forms.TypedChoiceField(
            choices=numbers, coerce=int, initial=number
        )
        chosen = {place: name for name, place in columns.items()}
        choices = [("", _("not read")), *[(it.name, it.label) for it in IMPORT_COLUMNS]]
        for place in range(self.width):
            self.fields[f"column{place}"] = forms.ChoiceField(
                choices=choices, required=False, initial=chosen.get(place, "")
            )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        chosen = [given.get(f"column{place}", "") for place in range(self.width)]
        named = [name for name in chosen if name]
        if len(set(named)) < len(named):
            raise forms.ValidationError(_("Two columns were given the same meaning."))
        if "openid" not in named or len(named) == 1:
            raise forms.ValidationError(
                _("Choose the column that holds the openid, and at least one other.")
            )
        self.columns = {name: place for place, name in enumerate(chosen) if name}
        return given

    @property
    def selects(self) -> list[Any]:
        return [self[f"column{place}"] for place in range(self.width)]

    @property
    def sample(self) -> list[tuple[int, list[str]]]:
        """Number and cells of the first rows, padded to one width."""
        padded = ((row.number, titles_of(row)) for row in self.rows[:SHOWN_ROWS])
        return [
            (number, [*cells[: self.width], *[""] * (self.width - len(cells))])
            for number, cells in padded
        ]


def _guess(rows: list[Row]) -> tuple[int, Places]:
    """Guess the openid column by its values, the others by their titles in any row."""
    number = 0
    columns: Places = {}
    for row in rows:
        titles = enumerate(map(known_titles(IMPORT_COLUMNS).get, map(same_name, titles_of(row))))
        known = {name: place for place, name in titles if name}
        if len(known) > len(columns):
            number, columns = row.number, known
    for row in rows:
        for place, text in enumerate(titles_of(row)):
            if "openid" not in columns and _OPENID.fullmatch(text):
                columns["openid"] = place
    return number, columns
