"""Channels (渠道): what the scene of a QR code with parameter is called.

Scenes are texts here, as in `Channel.scene` (rows.profiles.scene_of).
"""

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from heapq import merge
from itertools import islice
from typing import Any

from django.db.models import Count, Q, QuerySet, TextField
from django.db.models.functions import Cast, Coalesce

from .models import Channel, Follower
from .rows.cursors import iterate, read_transaction
from .segments.channels import numeric_scenes

# (account id, scene)
Key = tuple[int, str]
_KEY = ("account_id", "scene")


def by_scene(keys: Collection[Key]) -> dict[Key, Channel]:
    """The channels of these scenes, as far as they have a name."""
    if not keys:
        return {}
    accounts, scenes = {account for account, _ in keys}, {scene for _, scene in keys}
    found = Channel.objects.filter(account_id__in=accounts, scene__in=scenes)
    return {(channel.account_id, channel.scene): channel for channel in found}


@dataclass(frozen=True)
class Reach:
    """brought: everybody who ever came by a scene, as known here; staying: who of them follows."""

    brought: int = 0
    staying: int = 0


def reach(keys: Collection[Key]) -> dict[Key, Reach]:
    """What these scenes brought, in three queries; a scene by which nobody came is left out.

    Everybody is counted from the indexes of scenes, and those who left, who are fewer, from the
    index of those: the rows of a whole account are never read.
    """
    if not keys:
        return {}
    accounts = {account for account, _ in keys}
    scenes = {scene for _, scene in keys}
    brought: Counter[Key] = Counter()
    for column, values in (("qr_scene", numeric_scenes(scenes)), ("qr_scene_str", list(scenes))):
        rows = _given(column).filter(account_id__in=accounts, **{f"{column}__in": values})
        for account_id, scene, number in _grouped(rows, column):
            brought[account_id, str(scene)] += number
    gone = _gone(accounts, scenes)
    return {key: Reach(brought[key], brought[key] - gone[key]) for key in keys if brought[key]}


def _gone(accounts: Collection[int], scenes: Collection[str]) -> Counter[Key]:
    """How many of those who came by these scenes have left."""
    gone: Counter[Key] = Counter()
    # An expression, so that SQLite, which keeps no statistics, does not go through everybody who
    # ever came by one of the scenes.
    scene = Coalesce(Cast("qr_scene", TextField()), "qr_scene_str", output_field=TextField())
    left = Follower.objects.filter(account_id__in=accounts, subscribed=False)
    rows = left.annotate(scene=scene).filter(scene__in=scenes)
    for account_id, text, number in _grouped(rows, "scene"):
        gone[account_id, text] = number
    return gone


def _given(column: str) -> QuerySet[Follower]:
    # As the partial indexes write it: SQLite does not see that NOT (… IS NULL) is the same.
    given = Q(qr_scene__isnull=False) if column == "qr_scene" else ~Q(qr_scene_str="")
    return Follower.objects.filter(given)


def _grouped(rows: QuerySet[Any], column: str) -> QuerySet[Any, Any]:
    counted = rows.order_by().values_list("account_id", column)
    return counted.annotate(number=Count("pk"))


@dataclass(frozen=True)
class Unnamed:
    """A scene that followers came by and that has no name yet."""

    account_id: int
    scene: str
    followers: int


def unnamed(account_ids: Collection[int], most: int) -> list[Unnamed]:
    """The `most` scenes without a name that most followers came by, the busiest first.

    Reads the whole index of QR scenes: for a page that somebody opens, not for one of a list.
    """
    named = set(Channel.objects.filter(account_id__in=account_ids).values_list(*_KEY))
    numbers, texts = _counted(account_ids, "qr_scene"), _counted(account_ids, "qr_scene_str")
    seen = merge(numbers, texts, key=lambda scene: -scene.followers)
    with read_transaction():
        return list(islice((it for it in seen if (it.account_id, it.scene) not in named), most))


def _counted(account_ids: Collection[int], column: str) -> Iterator[Unnamed]:
    rows = _given(column).filter(account_id__in=account_ids)
    counted = _grouped(rows, column).order_by("-number", column)
    for account_id, scene, number in iterate(counted, 2_000):
        yield Unnamed(account_id, str(scene), number)
