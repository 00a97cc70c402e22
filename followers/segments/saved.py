"""The filter by saved segments: whoever matches their queries, and the ids of kept lists.

A segment that cannot be answered as it was meant, because a tag or channel of it is gone, matches
nobody and says so.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from functools import cached_property
from typing import Any
from urllib.parse import parse_qs, urlencode

from django.db.models import Q, QuerySet
from django.db.models.expressions import RawSQL
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..models import Segment
from ..rows.dialect import dialect, set_param
from ..rows.kept_lists import holders
from .filter import (
    ACCOUNT,
    SEGMENT,
    STATUS,
    Condition,
    Filter,
    Followers,
    OpenedSegment,
    Params,
    ParsedQuery,
    shortened,
)
from .lookups import Lookups

# Segments within segments within segments.
MAX_DEPTH = 5
# As it is written everywhere: who compares keys as texts takes “07” for another than “7”.
_KEY = re.compile(r"[1-9][0-9]{0,17}")


def parse_query(text: str) -> dict[str, list[str]]:
    """The parameters of an address, with or without its question mark."""
    return parse_qs(text.strip().removeprefix("?"), keep_blank_values=True)


def with_status(params: Params) -> dict[str, list[str]]:
    """The parameters as a segment or the command line means them.

    Without a status: those who follow; with a segment, whom that means.
    """
    given = {name: list(values) for name, values in params.items()}
    if not any(given.get(STATUS, ())) and not any(given.get(SEGMENT, ())):
        given[STATUS] = ["1"]
    return given


def segment_params(segment: Segment) -> dict[str, list[str]]:
    """All parameters of a segment: its query with its account and status."""
    return with_status({**parse_query(segment.query), ACCOUNT: [str(segment.account_id)]})


def stored_query(params: Params) -> str:
    """`Segment.query` of a list's parameters, without the account."""
    kept = {name: list(values) for name, values in params.items() if name != ACCOUNT}
    return urlencode(kept, doseq=True)


def kept_name_key(segment: int | str) -> str:
    """The key in `Segment.tag_names` of the name of a segment, by its own key."""
    return f"{SEGMENT}={segment}"


def kept_segment_names(stored: Mapping[str, str]) -> dict[str, str]:
    """Of `Segment.tag_names`: names of segments by key."""
    start = kept_name_key("")
    return {key.removeprefix(start): it for key, it in stored.items() if key.startswith(start)}


def no_such_segment(value: str, kept: Mapping[str, str]) -> str:
    """That a query names a segment which is gone, or unseen. kept: names by key, as they were."""
    if name := kept.get(value):
        text = _("The segment “%(name)s” has been deleted, or you may not see it.")
        return text % {"name": shortened(name)}
    if _KEY.fullmatch(value):
        # A number that nobody knows.
        return _("A segment that was chosen has been deleted, or you may not see it.")
    text = _("There is no segment “%(value)s”, or you may not see it.")
    return text % {"value": Truncator(value.replace("\0", "")).chars(40)}


def chosen_segments(params: Params) -> list[str]:
    """The distinct values of the parameter."""
    return list(dict.fromkeys(it.strip() for it in params.get(SEGMENT, ()) if it.strip()))


class Shelf:
    """The segments that may be named, each read at most once, and what their queries look up."""

    def __init__(self, allowed: QuerySet[Segment]) -> None:
        self.lookups = Lookups()
        self._allowed = allowed
        self._read: dict[str, Segment | None] = {}
        self._kept: dict[str, str] | None = None

    def put(self, segments: Iterable[Segment]) -> None:
        """Some of them that have been read elsewhere."""
        self._read |= {str(it.pk): it for it in segments}

    def found(self, keys: Iterable[str], accounts: Mapping[int, str]) -> dict[str, Segment]:
        """Those of these accounts, by key as it was given."""
        wanted = [key for key in keys if _KEY.fullmatch(key)]
        self.read_within(wanted)
        found = ((key, self._read[key]) for key in wanted)
        return {key: it for key, it in found if it is not None and it.account_id in accounts}

    def read_within(self, keys: Iterable[str]) -> None:
        """Read these segments and those within them, as deep as they lie.

        Mostly in two queries: the first reads all others of their accounts that name segments.
        """
        while missing := {key for key in self._reachable(keys) if key not in self._read}:
            wanted = Q(pk__in={int(key) for key in missing})
            accounts = Segment.objects.filter(wanted).values("account_id")
            naming = Q(account__in=accounts, query__contains=f"{SEGMENT}=")
            rows = self._allowed.filter(wanted | naming)
            self._read = {**dict.fromkeys(missing), **{str(it.pk): it for it in rows}, **self._read}

    def _reachable(self, keys: Iterable[str]) -> AbstractSet[str]:
        """These and the keys within them, as far as they have been read."""
        found, level = set(keys), list(keys)
        while level:
            read = filter(None, map(self._read.get, level))
            inner = {key for it in read for key in chosen_segments(segment_params(it))}
            level = [key for key in inner - found if _KEY.fullmatch(key)]
            found.update(level)
        return found

    def kept_names(self, keys: AbstractSet[str]) -> dict[str, str]:
        """Names of segments that are not found, as any that may be named have kept them.

        For an address that names them itself. One query at most, and none where all are found.
        """
        if keys and self._kept is None:
            naming = self._allowed.filter(query__contains=f"{SEGMENT}=").order_by("updated_at")
            self._kept = {}
            for stored in naming.values_list("tag_names", flat=True):
                self._kept |= kept_segment_names(stored)
        return {key: self._kept[key] for key in keys if self._kept and key in self._kept}


class SavedFilter(Filter):
    """Followers who are in all of the chosen segments."""

    title = gettext_lazy("segment")
    parameters = (SEGMENT,)
    widget = "segment"

    @property
    def chosen(self) -> list[str]:
        return self.values[SEGMENT]

    @property
    def segments(self) -> list[Segment]:
        """Those that exist."""
        return [it.segment for it in self.scope.opened.values()]

    @cached_property
    def problem(self) -> str:
        return next(filter(None, map(self._problem_of, self.chosen)), "")

    def _problem_of(self, value: str) -> str:
        opened = self.scope.opened.get(value)
        if opened is None:
            return no_such_segment(value, self.scope.names.get(SEGMENT, {}))
        segment = opened.segment
        name = {"name": shortened(segment.name)}
        if self.scope.account not in (None, segment.account_id):
            return _("The segment “%(name)s” belongs to another account.") % name
        if why := segment_problem(opened):
            text = _("The segment “%(name)s” shows nobody: %(why)s")
            return text % {**name, "why": why} if opened.query else why
        return ""

    @property
    def is_offered(self) -> bool:
        return bool(self.chosen)

    def narrow(self, followers: Followers) -> Followers:
        for value in self.chosen:
            followers = _within(self.scope.opened[value], followers)
        return followers

    def conditions(self) -> Iterator[Condition]:
        for value in self.chosen:
            text = _("Segment: %(name)s") % {"name": shortened(self._name(value))}
            yield Condition(text, self.parameters, value)

    def _name(self, value: str) -> str:
        if opened := self.scope.opened.get(value):
            return opened.segment.name
        # A number tells nobody anything.
        unnamed = _("deleted, or not visible to you") if _KEY.fullmatch(value) else value
        return self.scope.names.get(SEGMENT, {}).get(value, unnamed)

    def as_log_entry(self) -> dict[str, dict[str, Any]]:
        """What the segments mean now, for a log: they may be changed later."""
        return {
            key: {
                "name": it.segment.name,
                "params": segment_params(it.segment),
                "tags": it.segment.tag_names,
                "pasted": it.segment.pasted,
            }
            for key, it in self.scope.opened.items()
        }


def opened_segment(
    segment: Segment, query: ParsedQuery | None, outer: tuple[int, ...]
) -> OpenedSegment:
    """query: its own, None if it is within itself, or too deep within the `outer` ones."""
    if query is not None:
        return OpenedSegment(segment, query)
    text = _("The segment “%(name)s” contains itself, so nobody can be in it.")
    if segment.pk not in outer:
        text = _("The segment “%(name)s” lies too deep within other segments.")
    return OpenedSegment(segment, None, text % {"name": shortened(segment.name)})


def segment_problem(opened: OpenedSegment) -> str:
    """Why nobody can be in the segment; "" if nothing is wrong with it."""
    if opened.query is None:
        return opened.problem
    gone = opened.query.gone(opened.segment.tag_names)
    return next(iter([*gone, *opened.query.problems]), "")


def _within(opened: OpenedSegment, followers: Followers) -> Followers:
    if opened.query is None:
        return followers.none()
    followers = opened.query.narrow(followers)
    if not opened.segment.is_kept_list:
        return followers
    found = holders(opened.segment.account_id, opened.segment.pk)
    keys = RawSQL(dialect().ids_sql, [set_param({it.pk for it in found})])  # noqa: S611
    return followers.filter(dialect().pk_in(keys))
