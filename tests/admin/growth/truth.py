"""What pages, files and lists say of told accounts, beside the definitions."""

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from followers.admin.growth.figure import Figure
from followers.models import Channel, OfficialAccount
from followers.statistics.days import DayRange
from followers.wechat.sources import SOURCES
from tests.history.definitions import DAY, RETENTION_DAYS, Span, Together, cut
from tests.statistics.truth import ALL, LAST_DAY, Told

Row = tuple[Any, ...]
# A page shows so many channels, a file all of them.
CHANNEL_LIMIT = 100
NUMBERS = ("新增人数", "取消关注人数", "净增人数", "累积人数")
WEEKDAYS = [f"星期{number}" for number in "一二三四五六日"]
PAGE_OF = {
    "growth": "growth",
    "sources": "growth",
    "channels": "growth",
    "accounts": "growth",
    "compared": "growth",
    "retention": "growth_retention",
    "channel-retention": "growth_retention",
    "hours": "growth_hours",
}


@dataclass(frozen=True)
class Expected:
    """The rows of every figure of some accounts and days, as the definitions count them."""

    accounts: list[OfficialAccount]
    truth: Together
    days: DayRange
    by: str

    @property
    def query(self) -> dict[str, str]:
        account = str(self.accounts[0].pk) if len(self.accounts) == 1 else ""
        period = {"from": str(self.days.first), "to": str(self.days.last), "by": self.by}
        return {"account__id__exact": account, "compare": "before", **period}

    @property
    def both(self) -> tuple[date, date]:
        return self.days.first, self.days.last

    def is_known(self, day: date) -> bool:
        """Of days before the first list nothing is known: that is no zero."""
        return day >= min(it.first for it in self.truth.each)

    def rows(self, key: str) -> list[Row]:
        return list(getattr(self, f"_{key.replace('-', '_')}")())

    def _growth(self) -> Iterator[Row]:
        for first, last in reversed(cut(*self.both, self.by)):
            days = (first,) if self.by == "day" else (first, last)
            *numbers, total = self.truth.numbers(first, last)
            yield (*days, *(numbers if self.is_known(last) else (None, None, None)), total)

    def _sources(self) -> Iterator[Row]:
        for source, numbers in self.truth.by_source(*self.both).items():
            yield (str(SOURCES.get(source, source or "未知")), *numbers)

    def _channels(self) -> Iterator[Row]:
        for (pk, scene), (joined, left, staying) in self.truth.by_channel(*self.both).items():
            share = staying / joined if joined else None
            yield (*self.channel(pk, scene), joined, staying, share, left)

    def channel(self, pk: int, scene: str) -> Row:
        channel = Channel.objects.filter(account=pk, scene=scene).first()
        name, group = (channel.name, channel.group) if channel else (scene, "")
        account = [it.name for it in self.accounts if it.pk == pk]
        return (*(account if len(self.accounts) > 1 else []), name, group, scene)

    def _accounts(self) -> Iterator[Row]:
        for one in self.truth.each:
            yield (one.account.name, *Together([one]).numbers(*self.both))

    def _compared(self) -> Iterator[Row]:
        before = self.days.first - len(self.days) * DAY, self.days.first - DAY
        pairs = zip(self.truth.numbers(*self.both), self.truth.numbers(*before), strict=True)
        for name, (now, then) in zip(
            ("新增人数", "取消关注人数", "净增人数", "累积人数"), pairs, strict=True
        ):
            then = then if self.is_known(before[1]) else None
            difference = None if now is None or then is None else now - then
            share = difference / then if difference is not None and then and then > 0 else None
            yield (name, now, then, difference, share)

    def _retention(self) -> Iterator[Row]:
        by = "month" if self.by == "month" else "week"
        for first, last in reversed(cut(*self.both, by)):
            joined, *shares = self.stayed(self.truth.joined(first, last))
            yield (first, last, joined if self.is_known(last) else None, *shares)

    def _channel_retention(self) -> Iterator[Row]:
        for one in self.truth.each:
            spans = one.joined(*self.both)
            for scene in {it.scene for it in spans} - {""}:
                mine = [it for it in spans if it.scene == scene]
                yield (*self.channel(one.account.pk, scene), *self.stayed(mine))

    def stayed(self, spans: list[Span]) -> Row:
        found = self.truth.stayed(spans)
        cells = [
            (stayed / passed, stayed, passed) if passed else (None, None, None)
            for passed, stayed in (found[days] for days in RETENTION_DAYS)
        ]
        return (len(spans), *(cell for row in cells for cell in row))

    def _hours(self) -> Iterator[Row]:
        for name, row in zip(WEEKDAYS, self.truth.hours(*self.both), strict=True):
            yield (name, *row)


def expectations(told: Told) -> Iterator[Expected]:
    for number, (accounts, truth, days) in enumerate(told):
        yield Expected(accounts, truth, days, ("week", "month", "day")[number % 3])


def figures_of(client: Client, it: Expected) -> dict[str, Figure]:
    """Of all pages, by their key."""
    pages = [client.get(reverse(name), it.query) for name in dict.fromkeys(PAGE_OF.values())]
    return {figure.key: figure for page in pages for figure in page.context["figures"]}


def check_pages(told: Told, client: Client) -> None:
    for it in expectations(told):
        found = figures_of(client, it)
        assert PAGE_OF.keys() - found.keys() == ({"accounts"} if len(it.accounts) == 1 else set())
        for key, figure in found.items():
            rows, expected = without_remarks(key, figure.table.rows), it.rows(key)
            if len(rows) == CHANNEL_LIMIT:
                assert set(rows) <= set(expected)
                continue
            assert in_order(key, rows) == in_order(key, expected), (key, it.query)


def check_files(told: Told, client: Client) -> None:
    for it in expectations(told):
        for key in PAGE_OF:
            expected = in_order(key, it.rows(key))
            address = reverse("figures_file", args=[key, "csv"])
            text = client.get(address, it.query).getvalue().decode("utf-8-sig")
            rows = [tuple(row) for row in csv.reader(io.StringIO(text, newline=""))][1:]
            assert in_order(key, without_remarks(key, rows)) == in_order(
                key, [tuple(map(as_text, row)) for row in expected]
            )
            workbook = client.get(reverse("figures_file", args=[key, "xlsx"]), it.query)
            sheet = load_workbook(io.BytesIO(workbook.content)).active
            cells = [
                tuple(map(as_value, row)) for row in sheet.iter_rows(min_row=2, values_only=True)
            ]
            found = in_order(key, without_remarks(key, cells))
            assert found == [tuple(map(as_value, row)) for row in expected], (key, it.query)


def without_remarks(key: str, rows: Iterable[Row]) -> list[Row]:
    return [tuple(row[:-1]) if key == "growth" else tuple(row) for row in rows]


def in_order(key: str, rows: list[Row]) -> list[Row]:
    """Of channels and sources that brought as many, any may come first."""
    is_ranked = key in ("sources", "channels", "channel-retention")
    return sorted(rows, key=lambda row: [str(it or "") for it in row]) if is_ranked else rows


def as_text(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.1%}"
    return "" if value is None else str(value)


def as_value(cell: Any) -> Any:
    """A workbook knows no empty text, no date without a time, and fifteen digits."""
    if isinstance(cell, float):
        return round(cell, 9)
    return cell.date() if isinstance(cell, datetime) else None if cell == "" else cell


def check_lists(told: Told, client: Client, every: int) -> None:
    """Some of the numbers that lead to a list of people; every: how many are left out."""
    opened = 0
    for it in expectations(told):
        for figure in figures_of(client, it).values():
            links = list(links_of(figure))[opened % every :: every]
            for row, name, address in links:
                found = client.get(address).context["cl"].result_count
                assert found == len(people(it, figure.key, row, name)), (figure.key, row, name)
            opened += len(links)
    assert opened > 20


def links_of(figure: Figure) -> Iterator[tuple[dict[str, Any], str, str]]:
    names = [column.name for column in figure.table.columns]
    for number, values in enumerate(figure.table.rows):
        row = dict(zip(names, values, strict=True))
        for name in names:
            address = figure.table.link(number, name)
            if address and row[name]:
                yield row, name, address


def people(it: Expected, key: str, row: dict[str, Any], name: str) -> set[int]:
    """Whom the number of this row counts."""
    first, last = row.get("first", row.get("date")) or it.days.first, row.get("last")
    last = last or row.get("date") or it.days.last
    each = [
        one for one in it.truth.each if row.get("account", one.account.name) == one.account.name
    ]
    together = Together(each)
    spans = together.left(first, last) if name == "left" else together.joined(first, last)
    if key == "sources":
        spans = [it for it in spans if str(SOURCES.get(it.source, "未知")) == row["source"]]
    if "scene" in row:
        spans = [it for it in spans if it.scene == row["scene"]]
    return {it.person for it in spans if name != "staying" or it.is_open}


def check_home(told: Told, client: Client) -> None:
    """Yesterday's numbers, each beside earlier ones; the figures below are those of 30 days."""
    month = DayRange(LAST_DAY - 29 * DAY, LAST_DAY)
    for accounts, truth in told.groups:
        it = Expected(accounts, truth, month, "day")
        page = client.get(reverse("admin:index"), {**it.query, "period": "30d", "compare": ""})
        for tile, place in zip(page.context["tiles"], range(4), strict=True):
            numbers = [int(truth.numbers(on, on)[place] or 0) for on in days_before_today()]
            now, earlier = numbers[0], [numbers[1], numbers[7], sum(numbers[1:]) / 30]
            if place == 3:
                earlier[2] = numbers[30]
            assert tile.value == (f"{now:+,}" if place == 2 and now else f"{now:,}")
            shown = [difference.text.split(" ")[0] for difference in tile.differences]
            assert shown == [f"{by:+,}" if by else "±0" for by in (round(now - x) for x in earlier)]
        found = {figure.key: figure.table.rows for figure in page.context["figures"]}
        assert without_remarks("growth", found["growth"]) == it.rows("growth")
        assert in_order("sources", found["sources"]) == in_order("sources", it.rows("sources"))


def days_before_today() -> list[date]:
    """Yesterday first."""
    return [LAST_DAY - number * DAY for number in range(1, 32)]


def check_charts(told: Told, client: Client) -> None:
    """What is drawn is what the table below says."""
    for it in expectations(told):
        chart, rows = figures_of(client, it)["growth"].chart, it.rows("growth")[::-1]
        assert chart is not None
        left = [None if row[-3] is None else -row[-3] for row in rows]
        drawn = [chart["joined"], chart["left"], chart["total"]]
        assert drawn == [[row[-4] for row in rows], left, [row[-1] for row in rows]]
        assert it.days != ALL or it.by != "day" or len(rows) == len(ALL)
