"""What the filters of a query, and of the segments within it, look up: each kind at once for all.

A list of ten segments, or of one with segments within segments, asks no more often than any other.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Generic, NamedTuple, TypeVar

from django.db.models import QuerySet

from ..models import Follower, OfficialAccount, Tag
from ..rows.unions import Rows, count_each, numbered_rows

NOTHING = Rows([], 0)
Question = TypeVar("Question")
Answer = TypeVar("Answer")


class NamedChannel(NamedTuple):
    """A row of channels that a filter asks for."""

    scene: str
    name: str
    group: str


class Batch(Generic[Question, Answer]):
    """Questions that are answered together, once any answer is needed.

    read: the answers to questions, in their order.
    """

    def __init__(self, read: Callable[[Sequence[Question]], Iterable[Answer]]) -> None:
        self._read = read
        self._asked: list[Callable[[], Question]] = []
        self._answers: list[Answer] = []

    def ask(self, question: Callable[[], Question]) -> Callable[[], Answer]:
        """Returns what gives the answer; `question` is called before the first of a batch is."""
        number = len(self._asked)
        self._asked.append(question)

        def answer() -> Answer:
            if number >= len(self._answers):
                asked = [it() for it in self._asked[len(self._answers) :]]
                self._answers += self._read(asked)
            return self._answers[number]

        return answer


class Lookups:
    """tags: those of an account, the most used first. channels: rows of them. keys: of followers.
    scanned, came: of each of several lists, whether somebody is in it; for a list's own way of
    reading, and for what is said of a segment.
    """

    def __init__(self) -> None:
        self.tags: Batch[int | None, list[Tag]] = Batch(self._tags_of)
        self.channels: Batch[Rows, list[NamedChannel]] = Batch(_channels)
        self.keys: Batch[Rows, list[int]] = Batch(_keys)
        self.scanned: Batch[Sequence[QuerySet[Follower]], list[bool]] = Batch(_anybody)
        self.came: Batch[Sequence[QuerySet[Follower]], list[bool]] = Batch(_anybody)
        self._tags: dict[int | None, list[Tag]] = {None: []}
        self._baselines: dict[int, datetime] | None = None

    def _tags_of(self, asked: Sequence[int | None]) -> list[list[Tag]]:
        if unread := set(asked) - self._tags.keys():
            found: dict[int | None, list[Tag]] = {account: [] for account in unread}
            tags = Tag.objects.filter(account__in=unread)
            for tag in tags.order_by("-follower_count", "wechat_id"):
                found[tag.account_id].append(tag)
            self._tags |= found
        return [self._tags[account] for account in asked]

    def baselines_of(self, accounts: Iterable[int]) -> dict[int, datetime]:
        """The baselines of those accounts that have one, by key."""
        if self._baselines is None:
            every = OfficialAccount.objects.values_list("pk", "baseline_at")
            self._baselines = {pk: at for pk, at in every if at}
        return {pk: self._baselines[pk] for pk in accounts if pk in self._baselines}


def _channels(asked: Sequence[Rows]) -> list[list[NamedChannel]]:
    """Many segments may mean the same thousands; these are read once."""
    keys = [it.key() for it in asked]
    distinct = dict(zip(keys, asked, strict=True))
    found: list[list[NamedChannel]] = [[] for _rows in distinct]
    for number, *row in numbered_rows(list(distinct.values())):
        found[number].append(NamedChannel(*row))
    by_key = dict(zip(distinct, found, strict=True))
    return [by_key[key] for key in keys]


def _keys(asked: Sequence[Rows]) -> list[list[int]]:
    found: list[list[int]] = [[] for _rows in asked]
    for number, key in numbered_rows(asked):
        found[number].append(key)
    return found


def _anybody(asked: Sequence[Sequence[QuerySet[Follower]]]) -> list[list[bool]]:
    lists = [it.order_by().values("pk")[:1] for them in asked for it in them]
    counts = iter(count_each(lists))
    return [[bool(next(counts)) for _list in them] for them in asked]
