"""What happened: yesterday's numbers, and the figures of the last weeks."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from followers.statistics.comparison import days_to_compare
from followers.statistics.days import DAY
from followers.statistics.knowledge import Knowledge
from followers.statistics.periods import NAMED

from ..growth.breakdowns import accounts_figure, channels_figure, sources_figure
from ..growth.by_period import by_period_figure
from ..growth.notes import notes_context
from ..growth.scope import DEFAULT_PERIOD, Scope, read_scope
from ..growth.tiles import tiles
from ..growth.views import scope_context
from ..growth.words import KNOWLEDGE_NAMES

PERIODS = ("30d", "90d", "365d")


def growth_context(request: HttpRequest) -> dict[str, Any]:
    """In a fixed number of queries, however long the period is."""
    scope = read_scope(request)
    if scope.period not in PERIODS:
        scope = replace(scope, period=DEFAULT_PERIOD, days=NAMED[DEFAULT_PERIOD](scope.today))
    # They may reach further back than the period.
    scope = replace(scope, also=days_to_compare(scope.today - DAY))
    return {
        **scope_context(scope, PERIODS),
        "growth_url": reverse("growth") + scope.address(),
        "has_accounts": bool(scope.accounts),
        **(_figures(request, scope) if scope.counted else {}),
    }


def _figures(request: HttpRequest, scope: Scope) -> dict[str, Any]:
    yesterday = scope.today - DAY
    states = scope.knowledge
    shown = [by_period_figure(scope), sources_figure(scope), channels_figure(scope)]
    if len(scope.counted) > 1:
        shown.append(accounts_figure(scope))
    return {
        "yesterday": yesterday.isoformat(),
        "yesterday_state": _state_words(states[yesterday]),
        "tiles": tiles(scope, yesterday, scope.also_rows, states),
        "figures": shown,
        **notes_context(request, scope),
    }


def _state_words(state: Knowledge) -> str:
    """Why yesterday's numbers are not what one takes them for; "" if they are."""
    if state == Knowledge.COMPLETE:
        return ""
    if state == Knowledge.UNKNOWN:
        return _("Yesterday has not been synced yet.")
    if state == Knowledge.BEFORE:
        return _("Yesterday lies before the first complete sync: nothing is known of it.")
    return _("Yesterday: %(state)s.") % {"state": KNOWLEDGE_NAMES[state]}
