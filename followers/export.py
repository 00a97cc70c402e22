"""Followers as CSV: the same file from the admin's action and from the command line.

The format is a contract: UTF-8 with a byte order mark, a translated header, the columns of
`COLUMNS` in this order, `1`/`0`, local ISO 8601 times, tags joined by `;`, which a backslash
precedes where it is part of a name. On request `NOTE_COLUMNS` and `CHANNEL_COLUMNS` follow them.
"""

import csv
import io
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop

from .channels import by_scene, scene_of
from .files.cells import escape_formula
from .models import ExportLog, Follower, FollowerTag, OfficialAccount

BOM = "\ufeff"
CHUNK = 2_000
FIELDS = (
    "pk",
    "account_id",
    "openid",
    "subscribed",
    "unionid",
    "remark",
    "subscribe_time",
    "subscribe_scene",
    "qr_scene",
    "qr_scene_str",
    "language",
    "blacklisted",
    "first_seen_at",
    "unsubscribed_at",
    "note",
)
COLUMNS = (
    gettext_noop("account"),
    gettext_noop("openid"),
    gettext_noop("subscribed"),
    gettext_noop("unionid"),
    gettext_noop("remark"),
    gettext_noop("tags"),
    gettext_noop("subscribe_time"),
    gettext_noop("subscribe_scene"),
    gettext_noop("qr_scene"),
    gettext_noop("qr_scene_str"),
    gettext_noop("language"),
    gettext_noop("blacklisted"),
    gettext_noop("first_seen_at"),
    gettext_noop("unsubscribed_at"),
)
NOTE_COLUMNS = (gettext_noop("internal_note"),)
CHANNEL_COLUMNS = (gettext_noop("channel"), gettext_noop("channel_group"))
PEOPLE_COLUMNS = (gettext_noop("openid"), gettext_noop("remark"), gettext_noop("reason"))

# What file systems refuse, and marks that turn the reading direction of a name round.
_UNNAMEABLE = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|\u200b-\u200f\u202a-\u202e\u2066-\u2069]')


def local_time(moment: datetime | None) -> str:
    """ISO 8601 in TIME_ZONE with its offset, to the second; empty for None."""
    return timezone.localtime(moment).isoformat(timespec="seconds") if moment else ""


def joined(names: list[str]) -> str:
    """Tag names in one cell."""
    return ";".join(re.sub(r"([\\;])", r"\\\1", name) for name in names)


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


def _line(row: Any, app_ids: dict[int, str], tags: list[str]) -> list[Any]:
    return [
        app_ids.get(row.account_id, ""),
        escape_formula(row.openid),
        int(row.subscribed),
        escape_formula(row.unionid),
        escape_formula(row.remark),
        escape_formula(joined(tags)),
        local_time(row.subscribe_time),
        escape_formula(row.subscribe_scene),
        "" if row.qr_scene is None else row.qr_scene,
        escape_formula(row.qr_scene_str),
        escape_formula(row.language),
        int(row.blacklisted),
        local_time(row.first_seen_at),
        local_time(row.unsubscribed_at),
    ]


def _text(lines: list[list[Any]]) -> str:
    page = io.StringIO()
    csv.writer(page).writerows(lines)
    return page.getvalue()


def _chunks(
    followers: QuerySet[Follower], *, notes: bool, channels: bool
) -> Iterator[tuple[str, int]]:
    """CSV text and its number of followers, a chunk at a time.

    Every chunk is a query of its own that goes on after the last key: memory stays constant, and no
    read transaction stands in the way of a sync that writes meanwhile.
    """
    app_ids = dict(OfficialAccount.objects.values_list("pk", "app_id"))
    rows = followers.select_related(None).order_by("pk").values_list(*FIELDS, named=True)
    last = 0
    while chunk := list(rows.filter(pk__gt=last)[:CHUNK]):
        tags = _tags([row.pk for row in chunk])
        lines = [_line(row, app_ids, tags.get(row.pk, [])) for row in chunk]
        if notes:
            for line, row in zip(lines, chunk, strict=True):
                line.append(escape_formula(row.note))
        if channels:
            keys = [(row.account_id, scene_of(row.qr_scene, row.qr_scene_str)) for row in chunk]
            named = by_scene({key for key in keys if key[1]})
            for line, key in zip(lines, keys, strict=True):
                channel = named.get(key)
                cells = (channel.name, channel.group) if channel else ("", "")
                line += map(escape_formula, cells)
        yield _text(lines), len(chunk)
        last = chunk[-1].pk


class Export:
    """An iterator over the text of the file that keeps its `ExportLog` row.

    When it is exhausted, fails or is closed (as web servers do when the client has gone), `rows`
    becomes the number of followers handed over, and `complete` whether that was all.
    """

    def __init__(
        self, log: ExportLog, columns: Iterable[str], chunks: Iterator[tuple[str, int]]
    ) -> None:
        self.log = log
        self.sent = 0
        self._handed_over = 0
        self._open = True
        self._chunks = chunks
        # Now, not while streaming: by then the request's language is gone.
        self._header = BOM + _text([[gettext(column) for column in columns]])

    def __iter__(self) -> "Export":
        return self

    def __next__(self) -> str:
        if self._header:
            text, self._header = self._header, ""
            return text
        # Whoever asks for more has taken what it got.
        self.sent += self._handed_over
        self._handed_over = 0
        try:
            text, self._handed_over = next(self._chunks)
        except StopIteration:
            self._finish(complete=True)
            raise
        except Exception:
            self.close()
            raise
        return text

    def close(self) -> None:
        """End early: what was sent is logged as incomplete. Harmless after the end."""
        self._chunks.close()  # type: ignore[attr-defined]
        self._finish(complete=False)

    def _finish(self, complete: bool) -> None:
        if self._open:
            self._open = False
            ExportLog.objects.filter(pk=self.log.pk).update(rows=self.sent, complete=complete)


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
    log = ExportLog.objects.create(requested_by=user, account=account, filters=filters)
    columns = COLUMNS + NOTE_COLUMNS * notes + CHANNEL_COLUMNS * channels
    return Export(log, columns, _chunks(followers, notes=notes, channels=channels))


def export_people(
    people: Iterable[tuple[str, str, str]],
    *,
    user: Any,
    account: OfficialAccount,
    filters: dict[str, Any],
) -> Export:
    """As `export`, of openids, remarks and what happened to each of them."""
    log = ExportLog.objects.create(requested_by=user, account=account, filters=filters)
    return Export(log, PEOPLE_COLUMNS, _people_chunks(iter(people)))


def _people_chunks(people: Iterator[tuple[str, str, str]]) -> Iterator[tuple[str, int]]:
    while chunk := list(islice(people, CHUNK)):
        yield _text([[escape_formula(text) for text in row] for row in chunk]), len(chunk)
