"""The progress of a change as JSON, and the followers of each outcome."""

from collections.abc import Iterator
from itertools import islice
from operator import itemgetter
from typing import Any

from django.db.models import Count, Min, QuerySet, Sum

from ..models import EditChunk, EditRun, Follower, Run
from ..rows.bitmaps import unpack
from ..runs.messages import describe
from ..runs.progress import run_progress
from .reasons import skip_reason_text

RATE_CHUNKS = 10
EXPLAINED = (EditChunk.Outcome.SKIPPED, EditChunk.Outcome.FAILED)
CHUNKS_PER_QUERY = 100
FOLLOWERS_PER_QUERY = 2_000


def change_progress(run: EditRun) -> dict[str, Any]:
    """The JSON of `/admin/followers/editrun/<id>/progress/`.

    done + skipped + failed is `selected` once the run has succeeded. `overall`: the share of the
    followers to change that are done or failed, 0 to 1, which never falls (None if there are none).
    `rate`: followers per second over the latest calls. `skips` and `failures`: numbers by reason.
    Times are ISO 8601 in local time.
    """
    rate = _followers_per_second(run) if run.status == Run.Status.RUNNING else None
    to_change = run.selected - run.skipped
    reasons = count_reasons(run)
    remaining = max(to_change - run.done - run.failed, 0)
    return {
        **run_progress(run),
        "overall": round((run.done + run.failed) / to_change, 4) if to_change else None,
        "selected": run.selected,
        "done": run.done,
        "skipped": run.skipped,
        "failed": run.failed,
        "rate": rate and round(rate, 1),
        "seconds_left": round(remaining / rate) if rate else None,
        "skips": reasons[EditChunk.Outcome.SKIPPED],
        "failures": reasons[EditChunk.Outcome.FAILED],
    }


def count_reasons(run: EditRun) -> dict[str, list[dict[str, Any]]]:
    """By outcome, the number of followers by reason text, the most frequent first; two queries."""
    numbers: dict[str, dict[str, int]] = {it: {} for it in EXPLAINED}
    chunks = EditChunk.objects.filter(step__run=run, outcome__in=EXPLAINED).order_by()
    sums = chunks.values("outcome", "reason", "error_code").annotate(
        number=Sum("count"), example=Min("pk")
    )
    rows = sorted(sums, key=itemgetter("number"), reverse=True)
    examples = EditChunk.objects.defer("rows").in_bulk([row["example"] for row in rows])
    for row in rows:
        text, found = chunk_reason(examples[row["example"]]), numbers[row["outcome"]]
        found[text] = found.get(text, 0) + row["number"]
    return {
        outcome: [{"reason": text, "number": number} for text, number in found.items()]
        for outcome, found in numbers.items()
    }


def chunk_reason(chunk: EditChunk) -> str:
    """Why these followers were skipped or failed, in the active language; "" for those done."""
    if chunk.outcome == EditChunk.Outcome.DONE:
        return ""
    if chunk.outcome == EditChunk.Outcome.SKIPPED:
        return str(skip_reason_text(chunk.reason))
    return describe(chunk).meaning


def followers_with_outcome(run: EditRun, outcome: str) -> Iterator[tuple[str, str, str]]:
    """Openid, remark and reason text of all followers with this outcome, in constant memory.

    Deleted followers are left out.
    """
    for page in _pages_of_chunks(run, outcome):
        rows = ((row, chunk_reason(chunk)) for chunk in page for row in unpack(chunk.rows))
        while some := list(islice(rows, FOLLOWERS_PER_QUERY)):
            found = Follower.objects.filter(pk__in={row for row, _reason in some})
            known = {pk: its for pk, *its in found.values_list("pk", "openid", "remark")}
            for row, reason in some:
                if row in known:
                    openid, remark = known[row]
                    yield openid, remark, reason


def _pages_of_chunks(run: EditRun, outcome: str) -> Iterator[list[EditChunk]]:
    """In the order of the steps; those of several steps on a page, if they are few."""
    chunks = EditChunk.objects.filter(outcome=outcome)
    sizes = chunks.filter(step__run=run).order_by("step__position").values_list("step")
    few: dict[int, int] = {}
    for step, number in sizes.annotate(number=Count("pk")):
        if few and sum(few.values()) + number > CHUNKS_PER_QUERY:
            yield list(chunks.filter(step__in=few).order_by("step__position", "number"))
            few = {}
        if number > CHUNKS_PER_QUERY:
            yield from _pages_of_one(chunks.filter(step=step).order_by("number"))
        else:
            few[step] = number
    if few:
        yield list(chunks.filter(step__in=few).order_by("step__position", "number"))


def _pages_of_one(chunks: QuerySet[EditChunk]) -> Iterator[list[EditChunk]]:
    # Paginated by key, because a download may be slow (followers.export does the same).
    last = -1
    while page := list(chunks.filter(number__gt=last)[:CHUNKS_PER_QUERY]):
        yield page
        last = page[-1].number


def _followers_per_second(run: EditRun) -> float | None:
    """The rate over the latest calls; None while there are too few."""
    sent = EditChunk.objects.filter(step__run=run).exclude(outcome=EditChunk.Outcome.SKIPPED)
    latest = list(sent.order_by("-pk").values_list("stored_at", "count")[:RATE_CHUNKS])
    if len(latest) < 2:
        return None
    seconds = (latest[0][0] - latest[-1][0]).total_seconds()
    return sum(count for _at, count in latest[:-1]) / seconds if seconds > 0 else None
