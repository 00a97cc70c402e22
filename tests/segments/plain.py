"""The filter language in plain Python, written from its table and not from the code."""

from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone

from followers.models import Channel, Follower

from .world import World

Params = dict[str, list[str]]
MAX_AGE_DAYS = 30
TAG_LISTS = ("tags_all", "tags_any", "tags_none")
OF_ONE_ACCOUNT = {
    *TAG_LISTS,
    "tags__id__exact",
    "scene",
    "channel_contains",
    "channel_group",
    "channel_group_contains",
}


def oldest_fresh(now: datetime) -> datetime:
    """Details that were read before are outdated."""
    return now - timedelta(days=MAX_AGE_DAYS)


class InvalidQuestionError(Exception):
    """Nobody matches."""


def matching(world: World, params: Params) -> list[int]:
    """Keys of the followers, ascending; they are read anew, as others may have changed them."""
    given = {name: [it for it in values if it] for name, values in params.items()}
    given = {name: values for name, values in given.items() if values}
    people = Follower.objects.in_bulk([it.pk for it in world.people])
    try:
        plain = Plain(world, given, list(people.values()))
        return sorted(pk for pk, person in people.items() if plain.matches(person))
    except InvalidQuestionError:
        return []


class Plain:
    """A question, checked; raises InvalidQuestionError."""

    def __init__(self, world: World, given: Params, people: list[Follower]) -> None:
        self.world, self.given, self.people = world, given, people
        self.mine = [it.pk for it in world.mine]
        self.today = timezone.localdate(world.now)
        self.account = self._account()
        self.status = self.one("subscribed__exact", ("0", "1", "all")) or "1"
        if OF_ONE_ACCOUNT & set(given) and self.account is None:
            raise InvalidQuestionError
        self.tags = {name: self._tags(name) for name in (*TAG_LISTS, "tags__id__exact")}
        for name in ("untagged", "details_stale", "elsewhere"):
            self.one(name, ("1",))
        for name in ("remark", "note", "unionid"):
            self.one(f"{name}__isempty", ("0", "1"))
        self.one("blacklisted__exact", ("0", "1"))
        self.scenes = self._scenes()
        self.days = {kind: self._days(kind) for kind in ("followed", "first_seen", "left")}
        if any(len(it) > 64 for it in given.get("subscribe_scene__exact", [])):
            raise InvalidQuestionError

    def one(self, name: str, allowed: tuple[str, ...]) -> str:
        value = (self.given.get(name) or [""])[-1]
        if value and value not in allowed:
            raise InvalidQuestionError
        return value

    def _account(self) -> int | None:
        value = self.one("account__id__exact", tuple(map(str, self.mine)))
        return int(value) if value else None

    def _tags(self, name: str) -> set[int]:
        keys = [key for value in self.given.get(name, []) for key in value.split(",")]
        own = {str(it.pk) for it in self.world.tags[self.account or self.mine[0]]}
        if set(keys) - own:
            raise InvalidQuestionError
        return {int(key) for key in keys}

    def _scenes(self) -> list[set[str]]:
        """For each parameter about channels that is given, the scenes that it allows."""
        own = list(Channel.objects.filter(account=self.account))
        found = []
        if scenes := self.given.get("scene"):
            found.append({*scenes, *(it.scene for it in own if it.name in scenes)})
        if groups := self.given.get("channel_group"):
            if set(groups) - {it.group for it in own}:
                raise InvalidQuestionError
            found.append({it.scene for it in own if it.group in groups})
        for name, at in (("channel_contains", "name"), ("channel_group_contains", "group")):
            if parts := self.given.get(name):
                if any(len(part) > 100 for part in parts):
                    raise InvalidQuestionError
                texts = [(it.scene, getattr(it, at).lower()) for it in own]
                found.append({s for s, text in texts for part in parts if part.lower() in text})
        return found

    def _days(self, kind: str) -> tuple[date | None, date | None, str]:
        ends = [self.given.get(f"{kind}_{end}", [""])[-1] for end in ("from", "to")]
        if "x" in ends:
            raise InvalidQuestionError
        first, last = (date.fromisoformat(it) if it else None for it in ends)
        if first and last and first > last:
            raise InvalidQuestionError
        within = self.given.get(f"{kind}_within", [""])[-1]
        if within in ("0d", "tomorrow"):
            raise InvalidQuestionError
        return first, last, within

    def matches(self, person: Follower) -> bool:
        return (
            person.account_id in ([self.account] if self.account else self.mine)
            and self._has_status(person)
            and self._is_found(person)
            and self._has_tags(self.world.tagged[person.pk])
            and all(_scene_of(person) & allowed for allowed in self.scenes)
            and self._came_then(person)
            and self._has_texts(person)
            and self._is_elsewhere(person)
            and self._is_stale(person)
        )

    def _has_status(self, person: Follower) -> bool:
        blacklisted = self.given.get("blacklisted__exact", [str(int(person.blacklisted))])[-1]
        sources = self.given.get("subscribe_scene__exact", [person.subscribe_scene])
        return (
            self.status in ("all", str(int(person.subscribed)))
            and blacklisted == str(int(person.blacklisted))
            and person.subscribe_scene in sources
        )

    def _is_found(self, person: Follower) -> bool:
        if not (q := self.given.get("q", [""])[-1]):
            return True
        in_texts = any(q.lower() in it.lower() for it in (person.remark, person.note))
        return person.openid.startswith(q) or person.unionid == q or in_texts

    def _has_tags(self, own: set[int]) -> bool:
        return (
            self.tags["tags_all"] | self.tags["tags__id__exact"] <= own
            and bool(not self.tags["tags_any"] or self.tags["tags_any"] & own)
            and not self.tags["tags_none"] & own
            and not ("untagged" in self.given and own)
        )

    def _came_then(self, person: Follower) -> bool:
        return (
            self._on(person.subscribe_time, *self.days["followed"])
            and self._on(person.first_seen_at, *self.days["first_seen"])
            and self._on(person.unsubscribed_at, *self.days["left"])
        )

    def _on(self, moment: datetime | None, first: date | None, last: date | None, w: str) -> bool:
        if not (first or last or w):
            return True
        if moment is None:
            return False
        day = timezone.localtime(moment).date()
        return (first or day) <= day <= (last or day) and (not w or self._is_within(day, w))

    def _is_within(self, day: date, within: str) -> bool:
        ago = (self.today - day).days
        months = (self.today.year - day.year) * 12 + self.today.month - day.month
        if within.endswith("d"):
            return 0 <= ago < int(within[:-1])
        return {
            "today": ago == 0,
            "yesterday": ago == 1,
            "this_month": months == 0 and ago >= 0,
            "last_month": months == 1,
        }[within]

    def _has_texts(self, person: Follower) -> bool:
        wanted: dict[str, Any] = {
            name: self.given.get(f"{name}__isempty", [""])[-1]
            for name in ("remark", "note", "unionid")
        }
        return all(not it or (it == "1") == (not getattr(person, n)) for n, it in wanted.items())

    def _is_elsewhere(self, person: Follower) -> bool:
        return "elsewhere" not in self.given or any(
            person.unionid
            and it.unionid == person.unionid
            and it.subscribed
            and it.account_id != person.account_id
            and it.account_id in self.mine
            for it in self.people
        )

    def _is_stale(self, person: Follower) -> bool:
        if "details_stale" not in self.given:
            return True
        read = person.details_synced_at
        oldest = oldest_fresh(self.world.now)
        return person.subscribed and (read is None or read < person.status_as_of or read < oldest)


def _scene_of(person: Follower) -> set[str]:
    scenes = {person.qr_scene_str} - {""}
    return scenes if person.qr_scene is None else {*scenes, str(person.qr_scene)}
