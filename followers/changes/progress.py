"""A change as numbers that a page can show while it moves, and the people of each outcome."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from django.db.models import Sum

from ..models import EditChunk, EditRun, Follower, Run
from ..rows.bitmaps import unpack
from ..runs.messages import describe
from ..runs.progress import run_progress
from .reasons import reason_words

RATE_CHUNKS = 10
CHUNKS_AT_ONCE = 20
PEOPLE_AT_ONCE = 2_000


def edit_progress(run: EditRun) -> dict[str, Any]:
    """The JSON of `/admin/followers/editrun/<id>/progress/`.

    done + skipped + failed is `selected` once the run has succeeded; `overall` is the share of
    those to change who are settled, 0 to 1, which never falls (None where there is nobody); `rate`
    is followers per second over the latest calls; `skips` and `failures` count by reason; times are
    ISO 8601 in local time.
    """
    rate = _rate(run) if run.status == Run.Status.RUNNING else None
    left = max(run.selected - run.done - run.skipped - run.failed, 0)
    return {
        **run_progress(run),
        "overall": round((run.done + run.failed) / goal, 4) if (goal := _goal(run)) else None,
        "selected": run.selected,
        "done": run.done,
        "skipped": run.skipped,
        "failed": run.failed,
        "rate": rate and round(rate, 1),
        "seconds_left": round(left / rate) if rate else None,
        "skips": reasons(run, EditChunk.Outcome.SKIPPED),
        "failures": reasons(run, EditChunk.Outcome.FAILED),
    }


def _goal(run: EditRun) -> int:
    return run.selected - run.skipped


def reasons(run: EditRun, outcome: str) -> list[dict[str, Any]]:
    """How many followers of an outcome have which reason, in words; the most frequent first."""
    chunks = EditChunk.objects.filter(step__run=run, outcome=outcome)
    kinds = chunks.values("reason", "error_code").annotate(number=Sum("count")).order_by("-number")
    found: dict[str, int] = {}
    for kind in kinds:
        like = chunks.filter(reason=kind["reason"], error_code=kind["error_code"])
        words = chunk_words(like.defer("rows")[0])
        found[words] = found.get(words, 0) + kind["number"]
    return [{"reason": words, "number": number} for words, number in found.items()]


def chunk_words(chunk: EditChunk) -> str:
    """Why these followers were skipped or failed, in the active language; "" for those done."""
    if chunk.outcome == EditChunk.Outcome.DONE:
        return ""
    if chunk.outcome == EditChunk.Outcome.SKIPPED:
        return str(reason_words(chunk.reason))
    return describe(chunk).meaning


def people_of(run: EditRun, outcome: str) -> Iterator[tuple[str, str, str]]:
    """Openid, remark and reason of everybody with this outcome; memory stays constant.

    Who is no longer known here is left out.
    """
    for chunk in _chunks_of(run, outcome):
        why = chunk_words(chunk)
        rows = iter(unpack(chunk.rows))
        while keys := list(islice(rows, PEOPLE_AT_ONCE)):
            found = Follower.objects.filter(pk__in=keys).order_by("pk")
            for openid, remark in found.values_list("openid", "remark"):
                yield openid, remark, why


def _chunks_of(run: EditRun, outcome: str) -> Iterator[EditChunk]:
    """By key, because whoever downloads may be slow (followers.export does the same)."""
    for step in run.steps.values_list("pk", flat=True):
        chunks = EditChunk.objects.filter(step=step, outcome=outcome).order_by("number")
        last = -1
        while some := list(chunks.filter(number__gt=last)[:CHUNKS_AT_ONCE]):
            yield from some
            last = some[-1].number


def _rate(run: EditRun) -> float | None:
    """Followers per second over the latest calls; None while there are too few."""
    moved = EditChunk.objects.filter(step__run=run).exclude(outcome=EditChunk.Outcome.SKIPPED)
    latest = list(moved.order_by("-pk").values_list("stored_at", "count")[:RATE_CHUNKS])
    if len(latest) < 2:
        return None
    seconds = (latest[0][0] - latest[-1][0]).total_seconds()
    return sum(count for _at, count in latest[:-1]) / seconds if seconds > 0 else None
