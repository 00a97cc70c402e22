"""The dictionary of channels as a file: scene, name, group."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from operator import attrgetter

from django.db import transaction
from django.utils.translation import gettext as _

from .files.cells import UNCALCULATED, flaw, plain
from .files.columns import CHANNEL_FILE_COLUMNS
from .files.csv_writer import CsvWriter
from .files.errors import FileError
from .files.headers import Header, Places, find_header
from .files.problems import Problem
from .files.reading import Reading, Row
from .models import Channel, OfficialAccount

MAX_LINES = 10_000
SAMPLES = 10
NAMES = [column.name for column in CHANNEL_FILE_COLUMNS]
MAX_LENGTHS: dict[str, int] = {
    name: Channel._meta.get_field(name).max_length  # type: ignore[misc, union-attr]
    for name in NAMES
}


@dataclass(frozen=True)
class Line:
    """A channel as a file names it. problem: why it is left out, "" where it is not.

    cells: the row as the file has it.
    """

    number: int
    scene: str
    name: str
    group: str
    problem: str = field(default="", compare=False)
    cells: list[str | None] = field(default_factory=list, compare=False, repr=False)


@dataclass(frozen=True)
class Table:
    """lines: all of them. hidden: how many are hidden in the sheet, read or not."""

    header: Header
    lines: list[Line]
    hidden: int


@dataclass(frozen=True)
class Plan:
    """What importing lines into an account would change.

    samples: the first changes, as line, name and group before ("" for a new one) and after.
    """

    new: list[Channel]
    changed: list[Channel]
    same: int
    problems: list[Problem]
    samples: list[tuple[Line, str, str]]


def read(reading: Reading, *, include_hidden: bool = False) -> Table:
    """Raises FileError for files that are too long or without the columns."""
    header = find_header(
        reading.rows(), CHANNEL_FILE_COLUMNS, lambda found: {"scene", "name"} <= found.keys()
    )
    if header is None:
        raise FileError("no_scene_columns")
    lines: list[Line] = []
    seen: set[str] = set()
    hidden = 0
    for row in reading.rows():
        if row.number <= header.number:
            continue
        hidden += row.hidden
        if row.hidden and not include_hidden:
            continue
        if len(lines) >= MAX_LINES:
            raise FileError("too_many_channels")
        lines.append(_line(row, header.columns, seen))
        seen.add(lines[-1].scene)
    return Table(header, lines, hidden)


def _line(row: Row, places: Places, seen: set[str]) -> Line:
    found: dict[str, str] = {}
    problem = ""
    for column in CHANNEL_FILE_COLUMNS:
        place = places.get(column.name, -1)
        text = column.type.read(row.cells[place]) if 0 <= place < len(row.cells) else ""
        if text is None:
            problem = _(UNCALCULATED) % {"name": column.name}
        found[column.name] = text or ""
    return Line(row.number, **found, problem=problem or _problem(found, seen), cells=row.cells)


def _problem(found: dict[str, str], seen: set[str]) -> str:
    if not found["scene"]:
        return _("The scene is missing.")
    if reason := flaw(found["scene"]):
        return reason
    if not found["name"]:
        return _("The name is missing.")
    if any(len(found[name]) > most for name, most in MAX_LENGTHS.items()):
        return _("The scene is longer than 64 characters, or the name or group longer than 100.")
    if found["scene"] in seen:
        text = _("The scene “%(scene)s” stands in an earlier line as well.")
        return text % {"scene": found["scene"]}
    return ""


def compare(account: OfficialAccount, lines: Iterable[Line]) -> Plan:
    """What importing these lines would do: scenes that are known are updated."""
    known = {channel.scene: channel for channel in Channel.objects.filter(account=account)}
    plan = Plan([], [], 0, [], [])
    same = 0
    for line in lines:
        channel = known.get(line.scene)
        if line.problem:
            plan.problems.append(Problem(line.number, line.problem, line.cells))
        elif channel and (plain(channel.name), plain(channel.group)) == (line.name, line.group):
            same += 1
        elif reason := flaw(line.name) or flaw(line.group):
            plan.problems.append(Problem(line.number, reason, line.cells))
        else:
            _change(plan, account, line, channel)
    return Plan(plan.new, plan.changed, same, plan.problems, plan.samples)


def _change(plan: Plan, account: OfficialAccount, line: Line, channel: Channel | None) -> None:
    before = _words(channel.name, channel.group) if channel else ""
    if len(plan.samples) < SAMPLES:
        plan.samples.append((line, before, _words(line.name, line.group)))
    if channel is None:
        channel = Channel(account=account, scene=line.scene)
        plan.new.append(channel)
    else:
        plan.changed.append(channel)
    channel.name, channel.group = line.name, line.group


def _words(name: str, group: str) -> str:
    return f"{name} · {group}" if group else name


def apply(plan: Plan) -> None:
    with transaction.atomic():
        Channel.objects.bulk_create(
            plan.new,
            batch_size=500,
            update_conflicts=True,
            unique_fields=["account", "scene"],
            update_fields=["name", "group"],
        )
        Channel.objects.bulk_update(plan.changed, ["name", "group"], batch_size=300)


def written(channels: Iterable[Channel | Line]) -> str:
    """The file of these channels, with a header in the active language."""
    writer = CsvWriter(CHANNEL_FILE_COLUMNS)
    writer.write(map(attrgetter(*NAMES), channels))
    return writer.take()
