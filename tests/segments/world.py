"""Random people in two accounts of one's own and a foreign one, and random questions about them."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from random import Random
from typing import Any

from django.utils import timezone
from hypothesis import strategies as st

from followers.models import Channel, Follower, FollowerTag, OfficialAccount, Tag

DAY = timedelta(days=1)
INSTANT = timedelta(microseconds=1)
SOURCES = ["", "ADD_SCENE_QR_CODE", "ADD_SCENE_SEARCH", "ADD_SCENE_OF_TOMORROW"]
# Scene: name and group, of which some differ in case alone.
CHANNELS = {
    "1": ("Nanjing Road", "East"),
    "2": ("nanjing Park", "east side"),
    "shop": ("徐家汇店", "华东"),
    "7": ("100%_Tea", ""),
    "store,2": ("Nanjing Road", "West"),
}
SCENES = ["", *CHANNELS, "99", "unnamed", "07"]
REMARKS = ["", "", "Li", "LIN 上海", "100%"]
TAGS = ["VIP", "new", "上海", "lost"]
TAGS_OF_EACH = len(TAGS)


@dataclass
class World:
    """now: a moment in which it is looked at. mine: the accounts that may be asked for."""

    now: datetime
    mine: list[OfficialAccount]
    people: list[Follower] = field(default_factory=list)
    tags: dict[int, list[Tag]] = field(default_factory=dict)
    # Keys of the tags of each follower.
    tagged: dict[int, set[int]] = field(default_factory=dict)

    @property
    def names(self) -> dict[int, str]:
        return {it.pk: it.name for it in self.mine}


def make_world(seed: int, now: datetime, size: int = 90) -> World:
    """Stored rows; the same for a seed."""
    chance = Random(seed)
    accounts = [
        OfficialAccount.objects.create(name=name, app_id=f"wx{name}", app_secret="s")
        for name in ("A", "B", "foreign")
    ]
    world = World(now, accounts[:2])
    for account in accounts:
        named = ((scene, *it) for scene, it in CHANNELS.items() if chance.random() < 0.8)
        Channel.objects.bulk_create(
            Channel(account=account, scene=scene, name=name, group=group)
            for scene, name, group in named
        )
        world.tags[account.pk] = [
            Tag.objects.create(account=account, wechat_id=100 + number, name=name)
            for number, name in enumerate(TAGS)
        ]
    world.people = [_person(chance, now, chance.choice(accounts), n) for n in range(size)]
    Follower.objects.bulk_create(world.people)
    for person in world.people:
        _tag(chance, world, person)
    return world


def _person(chance: Random, now: datetime, account: OfficialAccount, number: int) -> Follower:
    scene = chance.choice(SCENES)
    is_number = scene.isdecimal() and not scene.startswith("0") and chance.random() < 0.7
    subscribed = chance.random() < 0.6
    left = chance.random() < (0.3 if subscribed else 1)
    return Follower(
        account=account,
        openid=f"o{chance.choice('AaB')}{number:03}",
        subscribed=subscribed,
        unionid=chance.choice(["", "", *(f"u{n}" for n in range(15))]),
        # Of some it is not shared; it only says whose may be.
        unionid_is_shared=True,
        remark=chance.choice(REMARKS),
        note=chance.choice(REMARKS),
        blacklisted=chance.random() < 0.2,
        subscribe_scene=chance.choice(SOURCES),
        qr_scene=int(scene) if is_number else None,
        qr_scene_str="" if is_number else scene,
        subscribe_time=_moment(chance, now) if chance.random() < 0.8 else None,
        first_seen_at=_moment(chance, now),
        unsubscribed_at=_moment(chance, now) if left else None,
        details_synced_at=_moment(chance, now) if chance.random() < 0.8 else None,
        status_as_of=_moment(chance, now),
    )


def _tag(chance: Random, world: World, person: Follower) -> None:
    own = [it for it in world.tags[person.account_id] if chance.random() < 0.35]
    world.tagged[person.pk] = {it.pk for it in own}
    followed_at = person.subscribe_time or person.first_seen_at
    FollowerTag.objects.bulk_create(
        FollowerTag(follower=person, tag=it, followed_at=followed_at) for it in own
    )
    # Rows that were written by hand leave the mark as it was.
    if own and chance.random() < 0.9:
        Follower.objects.filter(pk=person.pk).update(has_tags=True)


def _moment(chance: Random, now: datetime) -> datetime:
    """Not later than now, often at an edge of a local day or month."""
    today = timezone.localdate(now)
    first = today.replace(day=1)
    days = [0, 0, 1, 2, 5, 6, 7, 8, 29, 30, 31, 45, 400]
    edges = [first, first - DAY, (first - DAY).replace(day=1), (first - DAY).replace(day=1) - DAY]
    day = chance.choice([*edges, *(today - n * DAY for n in days)])
    midnight = timezone.make_aware(datetime.combine(day, time.min))
    offset = chance.choice([timedelta(), INSTANT, DAY - INSTANT, DAY / 2, -INSTANT])
    return min(midnight + offset, now).astimezone(UTC)


# --- Questions --------------------------------------------------------------------------------

# Numbers of tags; the last stands for no tag of the account.
_tag_numbers = st.lists(st.integers(0, TAGS_OF_EACH), min_size=1, max_size=3)
_parts = st.sampled_from(["nan", "ROAD", "%", "_", "徐", "East", "x" * 101, "Z"])
_scenes = st.sampled_from([*filter(None, SCENES), "Nanjing Road", "徐家汇店", "nanjing road"])
_groups = st.sampled_from(["East", "华东", "Moon"])
_periods = ["today", "yesterday", "1d", "2d", "7d", "30d", "31d", "400d", "this_month"]
_within = st.sampled_from([*_periods, "last_month", "0d", "tomorrow"])
# Days before today; "x" for what is no date.
_days = st.sampled_from([0, 1, 6, 7, 30, 400, -1, "x"])
_flag = st.sampled_from(["0", "1", "1", "0", "2"])
_one = st.sampled_from(["1", "1", "1", "0"])

VALUES: dict[str, st.SearchStrategy[Any]] = {
    "q": st.sampled_from(["oA", "oa01", "u3", "li", "上海", "100%", "nobody"]),
    **dict.fromkeys(("tags__id__exact", "tags_all", "tags_any", "tags_none"), _tag_numbers),
    **dict.fromkeys(("untagged", "details_stale", "elsewhere"), _one),
    "subscribe_scene__exact": st.lists(st.sampled_from([*SOURCES[1:], "x" * 65]), max_size=3),
    "scene": st.lists(_scenes, max_size=3),
    "channel_contains": st.lists(_parts, max_size=2),
    "channel_group": st.lists(_groups, max_size=2),
    "channel_group_contains": st.lists(_parts, max_size=2),
    **{f"{kind}_{end}": _days for kind in ("followed", "left") for end in ("from", "to")},
    **{f"first_seen_{end}": _days for end in ("from", "to")},
    **{f"{kind}_within": _within for kind in ("followed", "first_seen", "left")},
    **{f"{name}__isempty": _flag for name in ("remark", "note", "unionid")},
    "blacklisted__exact": _flag,
}


@st.composite
def questions(draw: st.DrawFn) -> dict[str, Any]:
    """Parameters with numbers instead of keys and days; `params_of` makes an address of them."""
    names = draw(st.lists(st.sampled_from(sorted(VALUES)), max_size=4, unique=True))
    asked = {name: draw(VALUES[name]) for name in names}
    # The account by its number; tags and channels want one.
    asked["account__id__exact"] = draw(st.sampled_from([0, 0, 0, 1, None, 2]))
    asked["subscribed__exact"] = draw(st.sampled_from([None, None, "1", "0", "all", "all", "2"]))
    return {name: it for name, it in asked.items() if it is not None}


def params_of(asked: dict[str, Any], world: World, *, repeat: bool) -> dict[str, list[str]]:
    """repeat: lists as repeated values, as a form sends them, instead of with commas."""
    return {name: _values(name, it, world, asked, repeat) for name, it in asked.items()}


def _values(name: str, it: Any, world: World, asked: dict[str, Any], repeat: bool) -> list[str]:
    if name == "account__id__exact":
        return [str(list(world.tags)[it])]
    if name.endswith(("_from", "_to")):
        day = timezone.localdate(world.now)
        return [it if it == "x" else (day - it * DAY).isoformat()]
    if not name.startswith("tags_"):
        return list(it) if isinstance(it, list) else [it]
    own = world.tags[list(world.tags)[asked.get("account__id__exact", 0)]]
    keys = [str(own[number].pk) if number < len(own) else "0" for number in it]
    return keys if repeat or name == "tags__id__exact" else [",".join(keys)]
