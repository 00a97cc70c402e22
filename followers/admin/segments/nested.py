"""Segments within segments: what is wrong with an inner one is wrong with those that name it."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from followers.segments.filter import shortened
from followers.segments.saved import MAX_DEPTH, Shelf, chosen_segments, segment_params
from followers.segments.words import attach_words


def attach_deep_words(segments: Sequence[Any], shelf: Shelf) -> list[Any]:
    """`attach_words` with the problems of inner segments, as deep as they are opened.

    A query for each level, and those of `attach_words` for all levels at once.
    """
    known = {str(it.pk): it for it in segments}
    level = list(segments)
    for _depth in range(MAX_DEPTH - 1):
        level = _new_within(level, known, shelf)
        known |= {str(it.pk): it for it in level}
    attach_words(list(known.values()), shelf)
    # Too deep; of these only the names are asked for.
    known |= {str(it.pk): it for it in _new_within(level, known, shelf)}
    # Of these alone: one that lies too deep for them has none of its own.
    problems = {str(it.pk): _problem(it, known, (str(it.pk),)) for it in segments}
    for it in segments:
        it.problem = problems[str(it.pk)]
    return list(segments)


def _new_within(level: Sequence[Any], known: Mapping[str, Any], shelf: Shelf) -> list[Any]:
    keys = {key for it in level for key in _inner(it)} - known.keys()
    return list(shelf.found(keys, {it.account_id: "" for it in level}).values())


def _inner(segment: Any) -> list[str]:
    return chosen_segments(segment_params(segment))


def _problem(segment: Any, known: Mapping[str, Any], outer: tuple[str, ...]) -> str:
    if segment.problem:
        return str(segment.problem)
    for key in _inner(segment):
        inner = known.get(key)
        if inner is None:
            continue
        name = {"name": shortened(inner.name)}
        if key in outer:
            text = _("The segment “%(name)s” contains itself, so nobody can be in it.")
            return text % name
        if len(outer) >= MAX_DEPTH:
            return _("The segment “%(name)s” lies too deep within other segments.") % name
        if why := _problem(inner, known, (*outer, key)):
            text = _("The segment “%(name)s” shows nobody: %(why)s")
            return text % {**name, "why": why}
    return ""
