"""Segments within segments: what is wrong with an inner one is wrong with those that name it."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from followers.segments.filter import shortened
from followers.segments.saved import MAX_DEPTH, Shelf, chosen_segments, segment_params
from followers.segments.words import attach_words


def attach_deep_problems(segments: Sequence[Any], shelf: Shelf) -> list[Any]:
    """Complete `problem` (`attach_words`) by those of inner segments, as deep as they are opened.

    A few queries for each level, however many segments there are.
    """
    known = {str(it.pk): it for it in segments}
    level = list(segments)
    for _depth in range(MAX_DEPTH):
        keys = {key for it in level for key in _inner(it)} - known.keys()
        accounts = {it.account_id: "" for it in level}
        level = attach_words(list(shelf.found(keys, accounts).values()), shelf) if keys else []
        known |= {str(it.pk): it for it in level}
    problems = {key: _problem(it, known, (key,)) for key, it in known.items()}
    for it in segments:
        it.problem = problems[str(it.pk)]
    return list(segments)


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
