"""A ChangeList that only accepts the parameters of its filters, with valid values.

Django's ChangeList accepts any lookup on the model's own fields, even regular expressions:
https://docs.djangoproject.com/en/5.2/ref/contrib/admin/ (`lookup_allowed`). With SQLite these run
in Python, where one request can block the whole server.
"""

from typing import Any

from django.contrib import messages
from django.contrib.admin.exceptions import DisallowedModelAdminLookup
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ERROR_FLAG, SEARCH_VAR, ChangeListSearchForm
from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext as _
from unfold.views import ChangeList

# The largest value of a BigAutoField.
MAX_KEY = 2**63 - 1
# SQLite refuses patterns of 50,000 bytes; no column that is searched is longer.
MAX_SEARCH = 255


class SearchForm(ChangeListSearchForm):
    """Says nothing about characters that no database takes: `unreadable` does."""

    def __init__(self, data: QueryDict) -> None:
        super().__init__({SEARCH_VAR: data.get(SEARCH_VAR, "").replace("\0", "")})


class UnknownParameter(IncorrectLookupParameters):
    """The address has a parameter that no filter of the list has."""


def is_key(model: type[Model], value: str) -> bool:
    """Whether a text can be a primary key of `model`."""
    try:
        key = model._meta.pk.to_python(value)
    except ValidationError:
        return False
    return isinstance(key, int) and 0 <= key <= MAX_KEY


class SafeChangeList(ChangeList):
    """If `problems` is not empty, the address could not be parsed and no row matches.

    Unknown parameters are handled like Django's unknown filters: redirect to the list without
    parameters; a form that was sent there does nothing.
    """

    max_search = MAX_SEARCH
    search_form_class = SearchForm
    root_queryset: QuerySet[Any]
    has_active_filters: bool

    def __init__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        self.problems: list[str] = []
        super().__init__(request, *args, **kwargs)
        # Otherwise the page would say that no rows exist.
        self.has_active_filters = self.has_active_filters or bool(self.problems)
        if request.method == "GET":
            self.tell(request)

    def tell(self, request: HttpRequest) -> None:
        for problem in self.problems:
            messages.error(request, problem)

    def get_filters(self, request: HttpRequest) -> tuple[Any, ...]:
        try:
            found: tuple[Any, ...] = super().get_filters(request)
        except DisallowedModelAdminLookup as refused:
            raise UnknownParameter(refused) from refused
        # Django would apply parameters that no filter has used.
        if left := found[2]:
            raise UnknownParameter(sorted(left))
        return found

    def get_queryset(
        self, request: HttpRequest, exclude_parameters: list[str | None] | None = None
    ) -> QuerySet[Any]:
        self.problems = unreadable(request, self.max_search)
        try:
            rows: QuerySet[Any] = super().get_queryset(request, exclude_parameters)
        except UnknownParameter:
            raise
        except IncorrectLookupParameters:
            if not self.problems:
                raise
            rows = self.root_queryset
            self.clear_all_filters_qs = self.get_query_string(remove=self.get_filters_params())
        return rows.none() if self.problems else rows


def unreadable(request: HttpRequest, max_search: int = MAX_SEARCH) -> list[str]:
    """What is wrong with an address before any filter looks at it."""
    if ERROR_FLAG in request.GET:
        return [_("The address held a filter that does not exist, so nothing is shown.")]
    for name, values in request.GET.lists():
        keys = [it for it in values if it.isdecimal()] if name.endswith("__id__exact") else []
        if "\0" in "".join(values) or any(len(key.lstrip("0")) > 18 for key in keys):
            return [_("The address holds a value that cannot be read, so nothing is shown.")]
    if len(request.GET.get(SEARCH_VAR, "")) > max_search:
        return [_("The search is too long, so nothing is shown.")]
    return []
