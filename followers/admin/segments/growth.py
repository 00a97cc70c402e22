"""Growth of a segment: who of its people joined and left, by day, source and channel."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any, cast

from django.http import Http404, HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _

from followers.accounts.access import load_accounts, require_perm
from followers.audit import record_figures
from followers.formats import join_sentences
from followers.models import Segment
from followers.segments.filter import STATUS
from followers.segments.query import FollowerQuery
from followers.segments.saved import segment_params
from followers.statistics.figures import DayRow, Origins
from followers.statistics.meanings import MEANINGS
from followers.statistics.people import PeopleFigures, count_people

from ..growth.breakdowns import channels_figure, sources_figure
from ..growth.by_period import by_period_figure
from ..growth.figure import Figure
from ..growth.scope import CHANNEL_LIMIT, Scope, read_scope
from ..growth.table import Table
from ..growth.views import scope_context
from ..growth.words import legend
from ..shared.endpoints import attachment
from ..shared.formats import format_number
from ..shared.model_admin import OwnObjectsAdmin
from .sizes import query_of_segment

MAX_PEOPLE = 500_000


@dataclass(frozen=True)
class SegmentScope(Scope):
    """A period, and the people of a segment instead of all of its account.

    following: how many of them follow now.
    """

    people: tuple[int, ...] = ()
    following: int = 0

    @cached_property
    def _counted_people(self) -> PeopleFigures:
        (account,) = self.accounts
        return count_people(account, self.people, self.days, CHANNEL_LIMIT)

    @cached_property
    def rows(self) -> list[DayRow]:
        return self._counted_people.days

    @cached_property
    def origins(self) -> Origins:
        return self._counted_people.origins


@dataclass(frozen=True)
class SegmentFigure(Figure):
    """A figure whose file is an address of its segment."""

    segment_pk: int = 0

    @property
    def downloads(self) -> list[tuple[str, str]]:
        address = reverse("admin:followers_segment_figures", args=[self.segment_pk, self.key])
        return [("CSV", address + self.scope.address())]


FIGURES: dict[str, Callable[[Scope], Figure]] = {
    "growth": lambda scope: _without_total(by_period_figure(scope)),
    "sources": sources_figure,
    "channels": lambda scope: channels_figure(scope, CHANNEL_LIMIT),
}


def growth_view(
    model_admin: OwnObjectsAdmin, request: HttpRequest, object_id: str
) -> HttpResponseBase:
    segment = _own_segment(model_admin, request, object_id)
    scope, problem = _scope(request, segment)
    figures = [_figure(scope, segment, key) for key in FIGURES] if scope and scope.counted else []
    context: dict[str, Any] = {
        "title": _("Growth of the segment"),
        "segment": segment,
        "problem": problem,
        "figures": figures,
        "page": "growth_segment",
        "everybody": _is_widened(segment),
    }
    if scope:
        context |= {**scope_context(scope), "tiles": _tiles(scope)}
    return model_admin.answer(request, "admin/followers/segment/growth.html", context)


def figures_view(
    model_admin: OwnObjectsAdmin, request: HttpRequest, object_id: str, key: str
) -> HttpResponseBase:
    segment = _own_segment(model_admin, request, object_id)
    if key not in FIGURES:
        raise Http404
    scope, _problem = _scope(request, segment)
    if scope is None or scope.problem or not scope.counted:
        # The page says why.
        address = reverse("admin:followers_segment_growth", args=[segment.pk])
        return HttpResponseRedirect(f"{address}?{request.GET.urlencode()}")
    days = scope.days.first, scope.days.last
    record_figures(key, scope.accounts, days, of=segment.name)
    name = f"{key}-segment-{segment.pk}-{scope.days.first}-{scope.days.last}.csv"
    return attachment([_figure(scope, segment, key).table.csv()], name)


def _own_segment(model_admin: OwnObjectsAdmin, request: HttpRequest, key: str) -> Segment:
    segment: Segment = model_admin.own_object(request, key)
    require_perm(request.user, "view_growth", segment.account_id)
    return segment


def _is_widened(segment: Segment) -> bool:
    """Whether people count who have left since, though the segment is of those who follow."""
    return segment_params(segment).get(STATUS) == ["1"]


def _scope(request: HttpRequest, segment: Segment) -> tuple[SegmentScope | None, str]:
    """The period of the address and the segment's people; None and why if they cannot be counted.

    Of a segment of those who follow, everybody counts who matches its other filters: nobody who
    follows has left.
    """
    # Before anybody asks for their names alone.
    accounts = load_accounts(request.user)
    asked = query_of_segment(request, segment)
    if asked.problems:
        return None, asked.problems[0]
    found = asked.followers()
    own = cast("FollowerQuery | None", asked.scope.opened[str(segment.pk)].query)
    if own is not None and _is_widened(segment):
        found = own.followers(any_status=True)
    people = dict(found.order_by().values_list("pk", "subscribed")[: MAX_PEOPLE + 1])
    if len(people) > MAX_PEOPLE:
        text = _("The segment has more than %(count)s people. Their growth is not counted.")
        return None, text % {"count": format_number(MAX_PEOPLE)}
    scope = read_scope(request)
    account = next(it for it in accounts if it.pk == segment.account_id)
    given = {it.name: getattr(scope, it.name) for it in fields(scope)}
    given |= {"account": account, "compare": "", "compared": None}
    return SegmentScope(**given, people=tuple(people), following=sum(people.values())), ""


def _figure(scope: SegmentScope, segment: Segment, key: str) -> Figure:
    figure = FIGURES[key](scope)
    # The list of an account's people would be another number.
    table = replace(figure.table, link=lambda row, name: "")
    given = {it.name: getattr(figure, it.name) for it in fields(figure)}
    return SegmentFigure(**{**given, "table": table, "segment_pk": segment.pk})


def _without_total(figure: Figure) -> Figure:
    """How many followed at the end of a day is known of accounts alone."""
    table = figure.table
    places = [place for place, it in enumerate(table.columns) if it.name != "total"]
    rows = [[row[place] for place in places] for row in table.rows]
    return replace(
        figure,
        title=_("Joined and left"),
        meaning=join_sentences(str(MEANINGS["joined"]), str(MEANINGS["left"])),
        table=Table([table.columns[place] for place in places], rows),
        legend=[it for it in figure.legend if it not in legend(total="wx-total-line")],
    )


def _tiles(scope: SegmentScope) -> list[tuple[str, str]]:
    numbers = [
        (scope.following, _("follow now")),
        (len(scope.people) - scope.following, _("do not follow now")),
    ]
    if scope.counted:
        # Before that, nought would be a claim about days of which nothing is known.
        joined, left = (sum(getattr(row, it) for row in scope.rows) for it in ("joined", "left"))
        numbers += [(joined, _("joined in the period")), (left, _("left in the period"))]
    return [(format_number(number), label) for number, label in numbers]
