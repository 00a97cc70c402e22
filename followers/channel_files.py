"""The dictionary of channels as a CSV file: scene, name, group."""

import csv
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from .export import BOM, neutralised, restored
from .models import Channel, OfficialAccount
from .tables import FileError, Problem, csv_rows

# Headers that are understood, in either language and as the followers' CSV writes them.
HEADERS = {
    "scene": {
        "scene",
        "qr_scene",
        "qr_scene_str",
        "qr scene",
        "场景值",
        "二维码场景值",
        "带参数二维码场景值",
        "二维码参数",
        "二维码参数（数字）",
        "二维码参数（文本）",
    },
    "name": {"name", "channel", "channel name", "名称", "渠道", "渠道名称"},
    "group": {"group", "channel_group", "channel group", "分组", "渠道分组"},
}
MOST_BYTES, MOST_LINES = 2_000_000, 10_000
# As long as the model's columns.
LONGEST = {"scene": 64, "name": 100, "group": 100}
# What spreadsheets make of a long number.
_ROUNDED = re.compile(r"[0-9](\.[0-9]+)?E\+[0-9]+", re.IGNORECASE)


@dataclass(frozen=True)
class Line:
    scene: str
    name: str
    group: str


@dataclass(frozen=True)
class Plan:
    """What importing lines into an account would change."""

    new: list[Channel]
    changed: list[Channel]
    same: int


def read(data: bytes) -> tuple[list[Line], list[Problem]]:
    """The lines of a file in UTF-8 or GB18030, and those that are left out.

    Raises FileError for files that are too large, in another encoding or without the header.
    """
    if len(data) > MOST_BYTES:
        raise FileError(_("The file is larger than 2 MB."))
    return _read(data)


def read_text(text: str) -> tuple[list[Line], list[Problem]]:
    """As `read`, of any size: what `written` makes of a file may be longer than the file was."""
    return _read(text.encode())


def _read(data: bytes) -> tuple[list[Line], list[Problem]]:
    rows = csv_rows(io.BytesIO(data))
    columns = _columns(next(rows, []))
    lines: dict[str, Line] = {}
    problems: list[Problem] = []
    for number, cells in enumerate(rows, start=2):
        if number > MOST_LINES + 1:
            raise FileError(_("At most 10,000 channels can be imported at once."))
        if not any(cell.strip() for cell in cells):
            continue
        line = _line(cells, columns)
        if problem := _problem(line, lines):
            problems.append(Problem(number, problem))
        else:
            lines[line.scene] = line
    return list(lines.values()), problems


def _columns(header: list[str]) -> dict[str, int]:
    names = [cell.strip().lower() for cell in header]
    places = {
        column: next((i for i, name in enumerate(names) if name in known), -1)
        for column, known in HEADERS.items()
    }
    if places["scene"] < 0 or places["name"] < 0:
        raise FileError(_("The first line must name the columns: scene, name, group."))
    return places


def _line(cells: list[str], columns: dict[str, int]) -> Line:
    found = {
        column: restored(cells[place].strip()).strip() if 0 <= place < len(cells) else ""
        for column, place in columns.items()
    }
    return Line(**found)


def _problem(line: Line, earlier: dict[str, Line]) -> str:
    if not line.scene:
        return _("The scene is missing.")
    if _ROUNDED.fullmatch(line.scene):
        return _("“%(scene)s” is a number that a spreadsheet has rounded; format it as text.") % {
            "scene": line.scene
        }
    if not line.name:
        return _("The name is missing.")
    if any(len(getattr(line, name)) > most for name, most in LONGEST.items()):
        return _("The scene is longer than 64 characters, or the name or group longer than 100.")
    if line.scene in earlier:
        return _("The scene “%(scene)s” stands in an earlier line as well.") % {"scene": line.scene}
    return ""


def compare(account: OfficialAccount, lines: Iterable[Line]) -> Plan:
    """What importing these lines would do: scenes that are known are updated."""
    known = {channel.scene: channel for channel in Channel.objects.filter(account=account)}
    plan = Plan([], [], 0)
    same = 0
    for line in lines:
        values = {"name": line.name, "group": line.group}
        channel = known.get(line.scene)
        if channel is None:
            plan.new.append(Channel(account=account, scene=line.scene, **values))
        elif (channel.name, channel.group) == (line.name, line.group):
            same += 1
        else:
            channel.name, channel.group = line.name, line.group
            plan.changed.append(channel)
    return Plan(plan.new, plan.changed, same)


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

    def lines() -> Iterator[list[str]]:
        yield [_("scene"), _("name"), pgettext("channels", "group")]
        for it in channels:
            yield [neutralised(text) for text in (it.scene, it.name, it.group)]

    page = io.StringIO()
    csv.writer(page).writerows(lines())
    return BOM + page.getvalue()
