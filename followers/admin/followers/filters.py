"""The filters of followers.segments as list filters of Django's admin, in the sheet's sections.

The theme's own date filters ignore values that they cannot parse, which would widen a bulk action
to all followers, and its related filters offer every account.
"""

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ERROR_FLAG
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy, pgettext_lazy

from followers.accounts.access import own_accounts
from followers.models import Follower, Tag
from followers.segments import channels, choices, days, saved, tags
from followers.segments.filter import ACCOUNT, Filter
from followers.segments.query import FILTERS, FollowerQuery
from followers.segments.relative_days import when

from ..shared.segments import shelf_of

TEMPLATES = "admin/followers/follower/filter_{}.html"

MORE = gettext_lazy("More")
# Filters that no section names come last.
SECTIONS: tuple[tuple[Promise, tuple[type[Filter], ...]], ...] = (
    (gettext_lazy("Status"), (choices.StatusFilter, choices.AccountFilter, saved.SavedFilter)),
    (gettext_lazy("Tags"), (tags.TagFilter,)),
    (
        gettext_lazy("Where they came from"),
        (
            choices.SourceFilter,
            channels.ChannelFilter,
            channels.ChannelNameFilter,
            channels.ChannelGroupFilter,
            channels.ChannelGroupNameFilter,
        ),
    ),
    (gettext_lazy("When"), (days.FollowedFilter, days.FirstSeenFilter, days.LeftFilter)),
)
SECTION_OF = {kind: section for section, kinds in SECTIONS for kind in kinds}
# The filter by part of a name that is in the sheet within another.
BESIDE: dict[type[Filter], type[Filter]] = {
    channels.ChannelFilter: channels.ChannelNameFilter,
    channels.ChannelGroupFilter: channels.ChannelGroupNameFilter,
}
PERIODS = {
    "today": pgettext_lazy("period", "Today"),
    "yesterday": pgettext_lazy("period", "Yesterday"),
    "7d": pgettext_lazy("period", "Last 7 days"),
    "30d": pgettext_lazy("period", "Last 30 days"),
    "this_month": pgettext_lazy("period", "This month"),
    "last_month": pgettext_lazy("period", "Last month"),
}


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
        self.query = query_of(request)
        self.filter = self.query.filter(self.kind)
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

    # --- for the templates --------------------------------------------------------------------

    @property
    def section(self) -> str:
        return str(SECTION_OF.get(self.kind, MORE))

    @property
    def number(self) -> int:
        """How many conditions of the section are set; the account is rather a place than one."""
        own = [it for it in self.query.filters if SECTION_OF.get(type(it), MORE) == self.section]
        shown = [it for it in own if it.widget != "hidden" and it.parameters != (ACCOUNT,)]
        return sum(1 for it in shown for _condition in it.conditions())

    @property
    def beside(self) -> Filter:
        return self.query.filter(BESIDE[self.kind])

    @property
    def tag_sizes(self) -> list[tuple[Tag, str, str]]:
        """The account's tags, each with its key and how many have it; those chosen come first."""
        it = self.query.filter(tags.TagFilter)
        found = sorted(it.tags, key=lambda tag: str(tag.pk) not in it.chosen)
        return [(tag, str(tag.pk), f"{tag.follower_count:,}") for tag in found]

    @property
    def periods(self) -> dict[str, str]:
        """Labels of relative days by value, also of others than the usual that are chosen."""
        usual = {value: str(label) for value, label in PERIODS.items()}
        given = self.filter.given.get(self.kind.parameters[2], "")
        return usual if not given or self.filter.problem else {given: when(given)} | usual


def _place(kind: type[Filter]) -> int:
    return list(SECTION_OF).index(kind) if kind in SECTION_OF else len(SECTION_OF)


LIST_FILTERS = [
    type(it.__name__, (FollowerFilter,), {"kind": it})
    for it in sorted(FILTERS, key=_place)
    if it.widget
]
