"""Followers as CSV: the same file from the admin's action and from the command line.

The format is a contract: the columns of `files.columns` in this order, written as their types say.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext

from . import audit
from .channels import by_scene
from .files.columns import (
    CHANNEL_COLUMNS,
    FOLLOWER_COLUMNS,
    NOTE_COLUMNS,
    PASTED_COLUMNS,
    PEOPLE_COLUMNS,
    Column,
)
from .files.csv_writer import CsvWriter
from .files.xlsx_writer import MAX_ROWS, to_xlsx
from .models import Channel, ExportLog, Follower, FollowerTag, OfficialAccount
from .rows.profiles import scene_of

CHUNK = 2_000
# Values of some people, in the order of the columns.
Chunk = list[tuple[Any, ...]]

# What file systems refuse, and marks that turn the reading direction of a name round.
_UNNAMEABLE = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|\u200b-\u200f\u202a-\u202e\u2066-\u2069]')


def file_name(account: OfficialAccount | None) -> str:
    """The download's name: account and local date. None: several accounts."""
    name = account.name if account else gettext("all accounts")
    name = _UNNAMEABLE.sub("_", name)
    return f"{name}-{gettext('followers')}-{timezone.localdate():%Y-%m-%d}.csv"


def _tags(pks: list[int]) -> dict[int, list[str]]:
    pairs = FollowerTag.objects.filter(follower_id__in=pks).order_by("tag__wechat_id")
    tags: dict[int, list[str]] = defaultdict(list)
    for pk, name in pairs.values_list("follower_id", "tag__name"):
        tags[pk].append(name)
    return tags


def _channels(values: dict[str, Any]) -> list[Channel]:
    """One for each follower: without a name where they came another way."""
    scenes = map(scene_of, values["qr_scene"], values["qr_scene_str"])
    keys = list(zip(values["account_id"], scenes, strict=True))
    named, none = by_scene({key for key in keys if key[1]}), Channel()
    return [named.get(key, none) for key in keys]


def _chunks(followers: QuerySet[Follower], columns: tuple[Column, ...]) -> Iterator[Chunk]:
    """The columns' values of each follower, a chunk at a time.

    Every chunk is a query of its own that goes on after the last key: memory stays constant, and no
    read transaction stands in the way of a sync that writes meanwhile.
    """
    app_ids = dict(OfficialAccount.objects.values_list("pk", "app_id"))
    stored = {field.attname for field in Follower._meta.concrete_fields}
    fields = ["pk", "account_id", *(it.name for it in columns if it.name in stored)]
    rows = followers.select_related(None).order_by("pk").values_list(*fields)
    last = 0
    while chunk := list(rows.filter(pk__gt=last)[:CHUNK]):
        last = chunk[-1][0]
        values: dict[str, Any] = dict(zip(fields, zip(*chunk, strict=True), strict=True))
        tags = _tags(values["pk"])
        values["tags"] = [tags[pk] for pk in values["pk"]]
        values["account"] = [app_ids.get(pk, "") for pk in values["account_id"]]
        if CHANNEL_COLUMNS[0] in columns:
            channels = _channels(values)
            values["channel"] = [channel.name for channel in channels]
            values["channel_group"] = [channel.group for channel in channels]
        yield list(zip(*(values[column.name] for column in columns), strict=True))


class Export:
    """An iterator over the text of the file that keeps its `ExportLog` row.

    When it is exhausted, fails or is closed (as web servers do when the client has gone), `rows`
    becomes the number of followers handed over, and `complete` whether that was all.
    """

    def __init__(self, log: ExportLog, columns: Sequence[Column], chunks: Iterator[Chunk]) -> None:
        self.log = log
        self.sent = 0
        self._handed_over = 0
        self._open = True
        self._chunks = chunks
        self._writer = CsvWriter(columns)

    def __iter__(self) -> "Export":
        return self

    def __next__(self) -> str:
        if header := self._writer.take():
            return header
        # Whoever asks for more has taken what it got.
        self.sent += self._handed_over
        self._handed_over = 0
        try:
            chunk = next(self._chunks)
            self._writer.write(chunk)
            self._handed_over = len(chunk)
        except StopIteration:
            self._finish(complete=True)
            raise
        except Exception:
            self.close()
            raise
        return self._writer.take()

    def close(self) -> None:
        """End early: what was sent is logged as incomplete. Harmless after the end."""
        self._chunks.close()  # type: ignore[attr-defined]
        self._finish(complete=False)

    def _finish(self, complete: bool) -> None:
        if self._open:
            self._open = False
            ExportLog.objects.filter(pk=self.log.pk).update(rows=self.sent, complete=complete)


@transaction.atomic
def _begin_log(user: Any, account: OfficialAccount | None, filters: dict[str, Any]) -> ExportLog:
    """Also in the activity log; of several accounts, in that of all that the user has."""
    log = ExportLog.objects.create(requested_by=user, account=account, filters=filters)
    own = OfficialAccount.objects.all()
    if user is not None and not user.is_superuser:
        own = own.filter(members=user)
    audit.record(
        audit.Action.EXPORTED,
        actor=user,
        subject=account.name if account else "",
        accounts=[account] if account else own,
        details={"export": log.pk},
    )
    return log


def export(
    followers: QuerySet[Follower],
    *,
    user: Any = None,
    account: OfficialAccount | None = None,
    filters: dict[str, Any],
    notes: bool = False,
    channels: bool = False,
) -> Export:
    """Log that `user` (None: the command line) takes these followers, and return the file's text.

    `filters` is stored as it is: `params` (the list's parameters with their values), `selected`
    (how many were ticked; None for everything that matches), `tags` (the names of chosen tags).
    `notes`, `channels`: with the columns NOTE_COLUMNS, CHANNEL_COLUMNS.
    """
    log = _begin_log(user, account, filters)
    columns = FOLLOWER_COLUMNS + NOTE_COLUMNS * notes + CHANNEL_COLUMNS * channels
    return Export(log, columns, _chunks(followers, columns))


def export_workbook(
    followers: QuerySet[Follower],
    *,
    account: OfficialAccount,
    filters: dict[str, Any],
    notes: bool = False,
    channels: bool = False,
) -> bytes:
    """As `export`, as a workbook of at most MAX_ROWS followers, for the command line."""
    log = _begin_log(None, account, filters)
    columns = FOLLOWER_COLUMNS + NOTE_COLUMNS * notes + CHANNEL_COLUMNS * channels
    taken = 0

    def rows() -> Iterator[tuple[Any, ...]]:
        nonlocal taken
        for row in islice(chain.from_iterable(_chunks(followers, columns)), MAX_ROWS):
            taken += 1
            yield row

    content = to_xlsx(gettext("followers"), columns, rows())
    log.rows, log.complete = taken, True
    log.save(update_fields=["rows", "complete"])
    return content


def export_people(
    people: Iterable[tuple[str, str, str]],
    *,
    user: Any,
    account: OfficialAccount,
    filters: dict[str, Any],
) -> Export:
    """As `export`, of openids, remarks and what happened to each of them."""
    log = _begin_log(user, account, filters)
    return Export(log, PEOPLE_COLUMNS, _people_chunks(iter(people)))


def export_pasted(
    ids: Iterator[tuple[str, bool, str, str]],
    *,
    user: Any,
    account: OfficialAccount,
    filters: dict[str, Any],
) -> Export:
    """As `export`, of the ids of a kept list: each id, whether it was found, and whose it is."""
    log = _begin_log(user, account, filters)
    return Export(log, PASTED_COLUMNS, _people_chunks(ids))


def _people_chunks(people: Iterator[tuple[Any, ...]]) -> Iterator[Chunk]:
    while chunk := list(islice(people, CHUNK)):
        yield chunk
