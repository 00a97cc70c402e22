"""What WeChat stores about an account's followers: tags, blacklist, remarks and profiles.

Tests compare the result of a sync with it.
"""

import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any

from ..options import Options
from ..texts import PEOPLE
from .lives import ORIGIN_FIELDS, Event, LifeGenerator, Period, open_period, origin_fields
from .members import MemberList, Members, make_patterns
from .population import FOLLOWS, LEFT, NEVER_FOLLOWED, Population
from .profiles import HOSTILE, Profile, ProfileGenerator

MAX_TAGS = 20
STARRED_TAG_ID = 2
RESERVED_TAG_IDS = (0, 1, 2)
_MIN_CUSTOM_TAG_ID = 100
_INITIAL_TAGS: dict[str, float] = PEOPLE["tags"]
_DEFAULT_TAG_PERCENT = 3.0
_STARRED_PERCENT, _BLACKLIST_PERCENT = 0.8, 0.5
# In the order of captured answers; blank since WeChat stopped returning them in 2021.
_LEGACY_FIRST = {"nickname": "", "sex": 0}
_LEGACY_LAST = {"city": "", "province": "", "country": "", "headimgurl": ""}
_STATUS_BEFORE = {"left": FOLLOWS, "returned": LEFT, "joined": NEVER_FOLLOWED}


@dataclass
class Tag:
    """One tag; `members` includes people who have left, `Records.followers_in` skips them."""

    id: int
    name: str
    members: Members


@dataclass(frozen=True)
class TagSnapshot:
    """A tag and its followers at one moment."""

    name: str
    openids: frozenset[str]


class Records:
    """Thread safe, under the lock of the population, whose slots it uses."""

    def __init__(self, population: Population, seed: str, company: str, options: Options) -> None:
        self.population, self._seed, self._options = population, seed, options
        self._profiles = ProfileGenerator(seed, company, hostile=options.hostile)
        self._lock = population.lock
        self._clock: Callable[[], float] = population.clock
        self._lives: LifeGenerator | None = None
        if options.lives:
            until = self._clock() if options.lives_until is None else options.lives_until
            self._lives = LifeGenerator(seed, until, hostile=options.hostile)
        population.on_event = self._on_event
        self.reset()

    def reset(self) -> None:
        """Restores the initial tags, blacklist and profiles."""
        with self._lock:
            self._rng = random.Random(f"tags:{self._seed}")  # noqa: S311
            self._changed: dict[int, dict[str, Any]] = {}
            # Only of those who came or left since the start.
            self._events: dict[int, list[Event]] = {}
            # All of them with their slots, in order.
            self.event_log: list[tuple[int, Event]] = []
            self._last_id = _MIN_CUSTOM_TAG_ID
            self.tags: dict[int, Tag] = {}
            # All patterns in one call, so that no follower has more than twenty tags.
            percentages = [_STARRED_PERCENT, *self._initial_percentages()]
            starred, *patterns = make_patterns(percentages, MAX_TAGS, self._seed)
            members = Members(self._seed, starred)
            self.tags[STARRED_TAG_ID] = Tag(STARRED_TAG_ID, "星标组", members)
            for number, pattern in enumerate(patterns):
                self.create_tag(self._initial_tag_name(number), Members(self._seed, pattern))
            (pattern,) = make_patterns([_BLACKLIST_PERCENT], 1, f"blacklist:{self._seed}")
            self.blacklisted = Members(self._seed, pattern)

    def followers_in(self, members: Members) -> MemberList:
        """The members who follow now."""
        return MemberList(self.population, members)

    def tags_of(self, slot: int) -> list[int]:
        with self._lock:
            return [tag.id for tag in self.tags.values() if tag.members.has(slot)]

    def set_member(self, members: Members, slot: int, is_member: bool) -> bool:
        """Adds or removes a member of a tag or the blacklist; returns whether that changed it."""
        with self._lock:
            changed = members.set_slot(slot, is_member)
            follows = self.population.status(slot) == FOLLOWS
            if changed and follows and members.follower_count is not None:
                members.follower_count += 1 if is_member else -1
        return changed

    def create_tag(self, name: str, members: Members | None = None) -> Tag:
        """Creates a tag with an id that was never used before."""
        with self._lock:
            self._last_id += self._rng.randint(1, 9)
            tag = Tag(self._last_id, name, members or Members())
            self.tags[tag.id] = tag
        return tag

    def delete_tag(self, tag_id: int) -> None:
        with self._lock:
            del self.tags[tag_id]

    def set_field(self, slot: int, **fields: Any) -> None:
        """Changes a profile; the names are those of the API."""
        with self._lock:
            self._changed.setdefault(slot, {}).update(fields)

    def remark(self, slot: int) -> str:
        with self._lock:
            changed = self._changed.get(slot, {}).get("remark")
            return self._profiles.generate(slot).remark if changed is None else changed

    def profile(self, slot: int) -> dict[str, Any]:
        """The answer of user/info, in the forms that were captured from WeChat."""
        openid = self.population.openid_codec.encode(slot)
        with self._lock:
            if self.population.status(slot) != FOLLOWS:
                return {"subscribe": 0, "openid": openid} | ({"tagid_list": []} if slot % 2 else {})
            fields = asdict(self._initial_profile(slot)) | self._changed.get(slot, {})
            tags = self.tags_of(slot)
        if not self._options.unionid:
            fields.pop("unionid")
        head = {"subscribe": 1, "openid": openid} | _LEGACY_FIRST
        head |= {"language": fields["language"]} | _LEGACY_LAST
        head["subscribe_time"] = fields["subscribe_time"]
        if "unionid" in fields:
            head["unionid"] = fields["unionid"]
        head |= {"remark": fields["remark"], "groupid": tags[0] if tags else 0, "tagid_list": tags}
        # Other fields that were set come last, as future ones would.
        return head | {key: value for key, value in fields.items() if key not in head}

    def periods(self, openid: str) -> list[Period]:
        """All periods in which somebody followed, in order: what the simulation itself knows.

        One before the start is what the initial profile says; the console changes profiles only.
        Raises ValueError for one who never followed.
        """
        with self._lock:
            return self._periods_of(self.slot_of(openid))

    def lives(self) -> Iterator[tuple[str, list[Period]]]:
        """The openids and periods of all present and former followers."""
        for slot in range(self.population.size):
            with self._lock:
                periods = self._periods_of(slot)
            if periods:
                yield self.population.openid_codec.encode(slot), periods

    def initial_lives(self) -> Iterator[list[Period]]:
        """The periods before the start, of all who followed by then; events do not change them."""
        for slot in range(self.population.size):
            with self._lock:
                periods = self._initial_periods(slot, self._initial_status(slot))
            if periods:
                yield periods

    def initial_people(self) -> Iterator[tuple[str, Profile, list[Period]]]:
        """The same people with their openids, and what their profiles said last."""
        for slot in range(self.population.size):
            with self._lock:
                periods = self._initial_periods(slot, self._initial_status(slot))
            if periods:
                openid = self.population.openid_codec.encode(slot)
                yield openid, self._initial_profile(slot), periods

    def campaigns(self) -> list[tuple[int, str]]:
        """See `LifeGenerator.campaigns`; none without lives."""
        return self._lives.campaigns() if self._lives else []

    def initial_source(self, slot: int) -> str:
        """The `subscribe_scene` of the last period of one who follows at the start."""
        return self._initial_profile(slot).subscribe_scene

    def tag_snapshots(self) -> dict[int, TagSnapshot]:
        """All tags with their followers, by id."""
        with self._lock:
            return {
                tag.id: TagSnapshot(tag.name, frozenset(self.followers_in(tag.members).openids()))
                for tag in self.tags.values()
            }

    def blacklist(self) -> set[str]:
        return set(self.followers_in(self.blacklisted).openids())

    def slot_of(self, openid: str) -> int:
        """The slot of a present or former follower. Raises ValueError for other openids."""
        slot = self.population.openid_codec.decode(openid)
        if slot is None or self.population.status(slot) == NEVER_FOLLOWED:
            raise ValueError(f"{openid} never followed this account")
        return slot

    def profiles(self, openids: Iterable[str] | None = None) -> Iterator[dict[str, Any]]:
        """The profiles of these openids, or of all followers."""
        if openids is not None:
            yield from (self.profile(self.slot_of(openid)) for openid in openids)
            return
        for block in self.population.openid_blocks():
            yield from (self.profile(self.slot_of(openid)) for openid in block)

    def _initial_percentages(self) -> list[float]:
        options = self._options
        if options.tag_percent is not None:
            return [options.tag_percent] * options.tags
        more = [_DEFAULT_TAG_PERCENT] * options.tags
        return [*_INITIAL_TAGS.values(), *more][: options.tags]

    def _initial_tag_name(self, number: int) -> str:
        index, rest = divmod(number, 4)
        if self._options.hostile and rest == 3 and index < len(HOSTILE):
            return HOSTILE[index].encode()[:30].decode(errors="ignore")
        return [*_INITIAL_TAGS][number] if number < len(_INITIAL_TAGS) else f"标签{number + 1}"

    def _initial_profile(self, slot: int) -> Profile:
        profile = self._profiles.generate(slot)
        if self._lives is None:
            return profile
        last = self._lives.generate(slot, follows=True)[-1]
        origin = origin_fields(last.source, last.scene)
        return replace(profile, subscribe_time=int(last.began), **origin)

    def _periods_of(self, slot: int) -> list[Period]:
        periods = self._initial_periods(slot, self._initial_status(slot))
        for event in self._events.get(slot, []):
            if event.name == "left":
                periods[-1] = replace(periods[-1], ended=event.time)
            else:
                fields = asdict(self._initial_profile(slot)) | event.origin
                periods.append(open_period(event.time, fields))
        return periods

    def _initial_status(self, slot: int) -> int:
        events = self._events.get(slot)
        return _STATUS_BEFORE[events[0].name] if events else self.population.status(slot)

    def _initial_periods(self, slot: int, initial_status: int) -> list[Period]:
        if initial_status == NEVER_FOLLOWED:
            return []
        if self._lives:
            return self._lives.generate(slot, follows=initial_status == FOLLOWS)
        profile = self._profiles.generate(slot)
        return [open_period(profile.subscribe_time, asdict(profile))]

    def _record(self, slot: int, name: str) -> None:
        """Stores the event alone, without computing the periods: very many may leave at once."""
        now, events = self._clock(), self._events.setdefault(slot, [])
        origin: dict[str, Any] = {}
        if name != "left":
            self.set_field(slot, subscribe_time=int(now))
            if self._lives:
                self.set_field(slot, **origin_fields(*self._lives.new_origin(slot, len(events))))
            changed = self._changed[slot]
            origin = {field: changed[field] for field in ORIGIN_FIELDS if field in changed}
        events.append(Event(name, now, origin))
        self.event_log.append((slot, events[-1]))

    def _on_event(self, slot: int, event: str) -> None:
        self._record(slot, event)
        for members in self._all_members():
            if members.follower_count is not None and members.has(slot):
                members.follower_count += -1 if event == "left" else 1
        if event == "left":
            return
        # A new follower has none; whether WeChat keeps those of former followers is not known.
        if event == "joined" or self._options.forgets:
            self.set_field(slot, remark="")
            for members in self._all_members():
                self.set_member(members, slot, False)

    def _all_members(self) -> list[Members]:
        return [*(tag.members for tag in self.tags.values()), self.blacklisted]
