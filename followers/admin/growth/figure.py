"""A figure of a page: a chart, how it is counted, and the table that it draws."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.urls import reverse

from .scope import Scope
from .table import Table

FORMATS = ("csv", "xlsx")


@dataclass(frozen=True)
class Figure:
    """key: its name in addresses. meaning: one sentence on how it is counted.

    chart: what charts.js draws, None for a table alone. summary: what the chart shows, for those
    who cannot see it. notices: what is unusual about the data. empty: what to say instead of the
    figure where there is nothing to show. legend: (CSS class, text).
    """

    key: str
    title: str
    meaning: str
    table: Table
    scope: Scope
    chart: dict[str, Any] | None = None
    summary: str = ""
    notices: list[str] = field(default_factory=list)
    empty: str = ""
    legend: list[tuple[str, str]] = field(default_factory=list)

    @property
    def element_id(self) -> str:
        return f"figure-{self.key}"

    @property
    def data_id(self) -> str:
        return f"{self.element_id}-data"

    @property
    def downloads(self) -> list[tuple[str, str]]:
        """(format, address)."""
        return [
            (
                it.upper(),
                reverse("figures_file", args=[self.key, it]) + self.scope.address(),
            )
            for it in FORMATS
        ]
