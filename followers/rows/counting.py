"""Numbers of rows, counted no further than they are shown."""

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db.models import QuerySet

from .dialect import fetch


def capped_counts(lists: Sequence[QuerySet[Any, Any]], most: int) -> list[int]:
    """How many rows each list has, `most` for more; one statement counts them all."""
    counts: list[str] = []
    params: list[Any] = []
    for rows in lists:
        try:
            sql, own = rows.order_by()[:most].query.sql_with_params()
        except EmptyResultSet:
            sql, own = "SELECT 1 WHERE 1 = 0", ()
        counts.append(f"(SELECT count(*) FROM ({sql}) AS rows)")  # noqa: S608
        params += own
    return list(fetch(f"SELECT {', '.join(counts)}", params)[0]) if counts else []
