"""The pages of growth, and the files of their figures."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from followers.accounts.access import require_perm
from followers.audit import record_figures
from followers.statistics.knowledge import as_of
from followers.statistics.periods import NAMED, By

from ..shared.endpoints import attachment
from .breakdowns import accounts_figure, channels_figure, sources_figure
from .by_period import by_period_figure
from .compared import compared_figure
from .figure import FORMATS, Figure
from .hours import hours_figure
from .notes import notes_context
from .overlap import overlap_figure
from .retention import channel_retention_figure, retention_figure
from .scope import CHANNEL_LIMIT, Scope, query_string, read_scope
from .table import XLSX_TYPE
from .wechat_figure import wechat_figure
from .words import BY_NAMES, PERIOD_NAMES, as_of_words, names_of

PERMISSION = "view_growth"
# By the name in the address of their files: what a page shows, and all of it.
FIGURES: dict[str, Callable[[Scope], Figure]] = {
    "growth": by_period_figure,
    "sources": sources_figure,
    "channels": lambda scope: channels_figure(scope, limit=None),
    "accounts": accounts_figure,
    "compared": compared_figure,
    "retention": retention_figure,
    "channel-retention": channel_retention_figure,
    "hours": hours_figure,
    "overlap": overlap_figure,
    "wechat": wechat_figure,
}
# The pages in the order of their tabs, by the name of their address.
PAGES: dict[str, Promise] = {
    "growth": gettext_lazy("Overview"),
    "growth_retention": gettext_lazy("Retention"),
    "growth_hours": gettext_lazy("Times of day"),
    "growth_overlap": gettext_lazy("Overlap"),
    "growth_wechat": gettext_lazy("WeChat's figures"),
}


def overview(request: HttpRequest) -> HttpResponse:
    def figures(scope: Scope) -> list[Figure]:
        shown = [by_period_figure(scope)]
        shown += [compared_figure(scope)] if scope.compared else []
        shown += [sources_figure(scope), channels_figure(scope, CHANNEL_LIMIT)]
        return shown + ([accounts_figure(scope)] if len(scope.counted) > 1 else [])

    return _page(request, "growth", figures)


def retention(request: HttpRequest) -> HttpResponse:
    return _page(
        request,
        "growth_retention",
        lambda scope: [retention_figure(scope), channel_retention_figure(scope, CHANNEL_LIMIT)],
    )


def hours(request: HttpRequest) -> HttpResponse:
    return _page(request, "growth_hours", lambda scope: [hours_figure(scope)])


def overlap(request: HttpRequest) -> HttpResponse:
    return _page(request, "growth_overlap", lambda scope: [overlap_figure(scope)])


def wechat(request: HttpRequest) -> HttpResponse:
    return _page(request, "growth_wechat", lambda scope: [wechat_figure(scope)])


def _page(
    request: HttpRequest, name: str, figures: Callable[[Scope], list[Figure]]
) -> HttpResponse:
    require_perm(request.user, PERMISSION)
    scope = read_scope(request)
    notes = {}
    if name == "growth":
        notes = notes_context(request, scope)
    context = {
        **scope_context(scope),
        "title": _("Growth"),
        "figures": figures(scope) if scope.counted else [],
        "page": name,
        "tabs": [
            (str(title), reverse(it) + scope.address(), it == name) for it, title in PAGES.items()
        ],
        **notes,
    }
    if name == "growth_retention":
        context["ways"] = ways(scope, (By.WEEK, By.MONTH))
    return TemplateResponse(
        request, "admin/growth/growth.html", {**admin.site.each_context(request), **context}
    )


def scope_context(scope: Scope, offered: Iterable[str] = NAMED) -> dict[str, Any]:
    """What a page says of its accounts and its period; offered: names of periods to choose."""
    return {
        "scope": scope,
        "as_of": as_of_words(as_of(scope.counted), scope.counted),
        "being_counted": names_of(scope.being_counted),
        "without_list": names_of(scope.without_list) if scope.counted else "",
        "periods": [
            (str(PERIOD_NAMES[name]), _with(scope, period=name), name == scope.period)
            for name in offered
        ],
        "ways": ways(scope, By),
        "comparisons": [
            (_("nothing"), scope.address(compare=""), not scope.compare),
            (_("the days before"), scope.address(compare="before"), scope.compare == "before"),
            (_("a year before"), scope.address(compare="year"), scope.compare == "year"),
        ],
    }


def ways(scope: Scope, offered: Iterable[By]) -> list[tuple[str, str, bool]]:
    """What days can be put together by: name, address, and whether they are."""
    shown = [*offered]
    current = scope.by if scope.by in shown else shown[0]
    return [(str(BY_NAMES[by]), scope.address(by=str(by)), by == current) for by in shown]


def _with(scope: Scope, period: str) -> str:
    """Another period: its usual way of putting days together, as nobody has chosen one for it."""
    params = {key: scope.params[key] for key in scope.params if key not in ("from", "to", "by")}
    return query_string({**params, "period": period})


def file(request: HttpRequest, key: str, kind: str) -> HttpResponseBase:
    require_perm(request.user, PERMISSION)
    if key not in FIGURES or kind not in FORMATS:
        raise Http404
    scope = read_scope(request)
    if scope.problem or scope.being_counted:
        # A file says nothing about itself: rather none than another one than was asked for.
        return redirect(f"{reverse('growth')}?{request.GET.urlencode()}")
    figure = FIGURES[key](scope)
    record_figures(key, scope.accounts, (scope.days.first, scope.days.last))
    account = f"-{scope.account.app_id}" if scope.account else ""
    name = f"{key}{account}-{scope.days.first}-{scope.days.last}.{kind}"
    if kind == "csv":
        return attachment([figure.table.csv()], name)
    return attachment(figure.table.xlsx(figure.title), name, XLSX_TYPE)
