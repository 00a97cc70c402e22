"""A saved segment in words, those of the list's chips."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import ngettext

from ..models import Segment
from .choices import ALL
from .filter import SEGMENT, TAG, OpenedSegment
from .query import FollowerQuery, own_query
from .saved import Shelf, kept_segment_names, segment_problem


def segment_in_words(asked: FollowerQuery, pasted: int | None) -> list[str]:
    """One text a condition, without the account. pasted: the number of ids of a kept list."""
    texts = asked.words()
    if pasted is None:
        return texts
    ids = ngettext("%(count)s pasted id", "%(count)s pasted ids", pasted)
    of_everybody = asked.status.value_text() if asked.status.value == ALL else ""
    return [ids % {"count": f"{pasted:,}"}, *(it for it in texts if it != of_everybody)]


def logged_in_words(entry: Mapping[str, Any]) -> list[str]:
    """What `SavedFilter.as_log_entry` kept of a segment."""
    tags: Mapping[str, str] = entry.get("tags", {})
    names = {TAG: tags, SEGMENT: kept_segment_names(tags)}
    return segment_in_words(FollowerQuery(entry.get("params", {}), {}, names), entry.get("pasted"))


def attach_words(segments: Sequence[Segment], shelf: Shelf) -> list[Any]:
    """Set `words` (a text for each condition) and `problem` ("" if somebody can be in it).

    The number of queries does not depend on the number of segments, nor on how deep they lie
    within each other.
    """
    rows: list[Any] = list(segments)
    shelf.put(rows)
    shelf.read_within([str(it.pk) for it in rows])
    # All of them, before any looks something up.
    queries = [own_query(it, {it.account_id: ""}, shelf) for it in rows]
    for it, query in zip(rows, queries, strict=True):
        it.words = segment_in_words(query, it.pasted) if query else []
        it.problem = segment_problem(OpenedSegment(it, query))
    return rows
