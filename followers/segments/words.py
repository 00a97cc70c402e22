"""A saved segment in words, those of the list's chips."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ..models import Segment
from .choices import ALL
from .filter import SCENE, SEGMENT, TAG, Params
from .query import FollowerQuery
from .references import References
from .saved import Shelf, chosen_segments, kept_segment_names, no_such_segment, segment_params


def conditions_in_words(
    params: Params, names: Mapping[str, Mapping[str, str]], pasted: int | None
) -> list[str]:
    """One text a condition, without the account. pasted: the number of ids of a kept list."""
    asked = FollowerQuery(params, {}, names)
    texts = asked.words()
    if pasted is None:
        return texts
    ids = ngettext("%(count)s pasted id", "%(count)s pasted ids", pasted)
    of_everybody = asked.status.value_text() if asked.status.value == ALL else ""
    return [ids % {"count": f"{pasted:,}"}, *(it for it in texts if it != of_everybody)]


def logged_in_words(entry: Mapping[str, Any]) -> list[str]:
    """What `SavedFilter.as_log_entry` kept of a segment."""
    tags: Mapping[str, str] = entry.get("tags", {})
    names = {TAG: tags, SCENE: {}, SEGMENT: kept_segment_names(tags)}
    return conditions_in_words(entry.get("params", {}), names, entry.get("pasted"))


def attach_words(segments: Sequence[Segment], shelf: Shelf) -> list[Any]:
    """Set `words` (a text for each condition) and `problem` ("" if nothing it names is gone).

    The number of queries does not depend on the number of segments.
    """
    rows: list[Any] = list(segments)
    asked = [(it.account_id, segment_params(it)) for it in rows]
    references = References(asked)
    keys = [key for _account, params in asked for key in chosen_segments(params)]
    for it, (account, params) in zip(rows, asked, strict=True):
        inner = shelf.found(keys, {account: ""})
        missing = [key for key in chosen_segments(params) if key not in inner]
        kept = kept_segment_names(it.tag_names)
        unnamed = dict.fromkeys(missing, _("deleted, or not visible to you"))
        named = unnamed | kept | {key: segment.name for key, segment in inner.items()}
        names = {**references.names(account, it.tag_names), SEGMENT: named}
        it.words = conditions_in_words(params, names, it.pasted)
        gone = references.gone(account, params, it.tag_names)
        gone += [no_such_segment(key, kept) for key in missing]
        it.problem = gone[0] if gone else ""
    return rows
