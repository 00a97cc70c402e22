"""The filters of followers.segments as list filters of Django's admin.

The theme's own date filters ignore values that they cannot parse, which would widen a bulk action
to all followers, and its related filters offer every account.
"""

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ERROR_FLAG
from django.db.models import QuerySet
from django.http import HttpRequest

from followers.accounts.access import own_accounts
from followers.models import Follower
from followers.segments.filter import Filter
from followers.segments.query import FILTERS, FollowerQuery

from ..shared.segments import shelf_of

TEMPLATES = "admin/followers/follower/filter_{}.html"


def query_of(request: HttpRequest) -> FollowerQuery:
    """The parsed parameters of the address, cached on the request."""
    found: FollowerQuery | None = getattr(request, "follower_query", None)
    if found is None:
        asked = {name: values for name, values in request.GET.lists() if name != ERROR_FLAG}
        found = FollowerQuery(asked, own_accounts(request.user), segments=shelf_of(request))
        request.follower_query = found  # type: ignore[attr-defined]
    return found


class FollowerFilter(admin.ListFilter):
    """Renders one filter; FollowerChangeList applies all of them at once."""

    kind: type[Filter]

    def __init__(
        self, request: HttpRequest, params: dict[str, list[str]], model: Any, model_admin: Any
    ) -> None:
        self.title = str(self.kind.title)
        self.template = TEMPLATES.format(self.kind.widget)
        super().__init__(request, params, model, model_admin)
        self.filter = query_of(request).filter(self.kind)
        for name in self.kind.parameters:
            if values := params.pop(name, None):
                # The theme would repeat the other values as hidden fields.
                self.used_parameters[name] = values[-1]

    def has_output(self) -> bool:
        return self.filter.is_offered

    def expected_parameters(self) -> list[str | None]:
        return list(self.kind.parameters)

    def choices(self, changelist: Any) -> Iterator[dict[str, Any]]:
        return iter(())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Follower]) -> QuerySet[Follower]:
        return queryset


LIST_FILTERS = [type(it.__name__, (FollowerFilter,), {"kind": it}) for it in FILTERS if it.widget]
