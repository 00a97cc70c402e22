"""What WeChat keeps about an account's followers: tags, blacklist, remarks and the rest.

This is the truth that whatever was synced has to equal in the end.
"""

import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from ..options import Options
from ..texts import PEOPLE
from .members import MemberList, Members, make_patterns
from .persons import HOSTILE, Persons
from .population import FOLLOWS, NEVER, Population

MAX_TAGS = 20
STARRED = 2
RESERVED = (0, 1, 2)
_FIRST_OWN = 100
_FIRST_TAGS: dict[str, float] = PEOPLE["tags"]
_SHARE_OF_MORE = 3.0
_STARRED_SHARE, _BLOCKED_SHARE = 0.8, 0.5
# At birth, in the order of captured answers; blank since WeChat stopped telling them in 2021.
_LEGACY_FIRST = {"nickname": "", "sex": 0}
_LEGACY_LAST = {"city": "", "province": "", "country": "", "headimgurl": ""}


@dataclass
class Tag:
    """One tag; `members` may hold people who have left, `Records.followers_in` leaves them out."""

    id: int
    name: str
    members: Members


@dataclass(frozen=True)
class Tagged:
    """The truth about one tag."""

    name: str
    openids: frozenset[str]


class Records:
    """Thread safe, under the lock of the population. Slots are those of the population."""

    def __init__(self, population: Population, seed: str, company: str, options: Options) -> None:
        self.population, self._seed, self._options = population, seed, options
        self._persons = Persons(seed, company, hostile=options.hostile)
        self._lock = population.lock
        self._clock: Callable[[], float] = population.clock
        population.on_move = self._moved
        self.reset()

    def reset(self) -> None:
        """Tags, blacklist and profiles as at the start."""
        with self._lock:
            self._rng = random.Random(f"tags:{self._seed}")  # noqa: S311
            self._changed: dict[int, dict[str, Any]] = {}
            self._last_id = _FIRST_OWN
            self.tags: dict[int, Tag] = {}
            # As many patterns as tags, in one go: nobody has more than twenty of them.
            made = make_patterns([_STARRED_SHARE, *self._shares()], MAX_TAGS, self._seed)
            self.tags[STARRED] = Tag(STARRED, "星标组", Members(self._seed, made[0]))
            for number, pattern in enumerate(made[1:]):
                self.create(self._first_name(number), Members(self._seed, pattern))
            blocked = make_patterns([_BLOCKED_SHARE], 1, f"blacklist:{self._seed}")[0]
            self.blocked = Members(self._seed, blocked)

    def followers_in(self, members: Members) -> MemberList:
        """Those of these members who follow now, as a list."""
        return MemberList(self.population, members)

    def tags_of(self, slot: int) -> list[int]:
        with self._lock:
            return [tag.id for tag in self.tags.values() if tag.members.has(slot)]

    def set_member(self, members: Members, slot: int, inside: bool) -> bool:
        """Take a follower into a tag or the blacklist, or out; whether that changed anything."""
        with self._lock:
            changed = members.set_slot(slot, inside)
            follows = self.population.status(slot) == FOLLOWS
            if changed and follows and members.followers is not None:
                members.followers += 1 if inside else -1
        return changed

    def create(self, name: str, members: Members | None = None) -> Tag:
        """A new tag, under an id of WeChat's choice that was never used before."""
        with self._lock:
            self._last_id += self._rng.randint(1, 9)
            tag = Tag(self._last_id, name, members or Members())
            self.tags[tag.id] = tag
        return tag

    def delete(self, tag_id: int) -> None:
        with self._lock:
            del self.tags[tag_id]

    def set_field(self, slot: int, **fields: Any) -> None:
        """Change a profile; the names are those of the API."""
        with self._lock:
            self._changed.setdefault(slot, {}).update(fields)

    def remark(self, slot: int) -> str:
        with self._lock:
            changed = self._changed.get(slot, {})
            return changed["remark"] if "remark" in changed else self._persons.original(slot).remark

    def profile(self, slot: int) -> dict[str, Any]:
        """The answer of user/info in the shapes that were captured."""
        openid = self.population.openids.at(slot)
        with self._lock:
            if self.population.status(slot) != FOLLOWS:
                return {"subscribe": 0, "openid": openid} | ({"tagid_list": []} if slot % 2 else {})
            known = asdict(self._persons.original(slot)) | self._changed.get(slot, {})
            tags = self.tags_of(slot)
        if not self._options.unionid:
            known.pop("unionid")
        return self._shaped(openid, known, tags)

    def _shaped(self, openid: str, known: dict[str, Any], tags: list[int]) -> dict[str, Any]:
        head = {"subscribe": 1, "openid": openid} | _LEGACY_FIRST
        head |= {"language": known["language"]} | _LEGACY_LAST
        head["subscribe_time"] = known["subscribe_time"]
        if "unionid" in known:
            head["unionid"] = known["unionid"]
        head |= {"remark": known["remark"], "groupid": tags[0] if tags else 0, "tagid_list": tags}
        # Whatever else a test or a person has set comes last, as fields of the future would.
        return head | {key: value for key, value in known.items() if key not in head}

    def truth(self) -> dict[int, Tagged]:
        """Who has which tag, by id."""
        with self._lock:
            return {
                tag.id: Tagged(tag.name, frozenset(self.followers_in(tag.members).all()))
                for tag in self.tags.values()
            }

    def blacklist(self) -> set[str]:
        return set(self.followers_in(self.blocked).all())

    def slot_of(self, openid: str) -> int:
        """The slot of somebody who follows or has followed. ValueError for anybody else."""
        slot = self.population.openids.slot(openid)
        if slot is None or self.population.status(slot) == NEVER:
            raise ValueError(f"{openid} never followed this account")
        return slot

    def profiles(self, openids: Iterable[str] | None = None) -> Iterator[dict[str, Any]]:
        """Of these people, or of everybody who follows."""
        if openids is not None:
            yield from (self.profile(self.slot_of(openid)) for openid in openids)
            return
        for block in self.population.all():
            yield from (self.profile(self.slot_of(openid)) for openid in block)

    def _shares(self) -> list[float]:
        options = self._options
        if options.tag_percent is not None:
            return [options.tag_percent] * options.tags
        more = [_SHARE_OF_MORE] * options.tags
        return [*_FIRST_TAGS.values(), *more][: options.tags]

    def _first_name(self, number: int) -> str:
        which, rest = divmod(number, 4)
        if self._options.hostile and rest == 3 and which < len(HOSTILE):
            return HOSTILE[which].encode()[:30].decode(errors="ignore")
        return [*_FIRST_TAGS][number] if number < len(_FIRST_TAGS) else f"标签{number + 1}"

    def _moved(self, slot: int, event: str) -> None:
        for members in self._all_members():
            if members.followers is not None and members.has(slot):
                members.followers += -1 if event == "left" else 1
        if event == "left":
            return
        self.set_field(slot, subscribe_time=int(self._clock()))
        # Nobody knows somebody new, and whether WeChat remembers those who come back is not known.
        if event == "joined" or self._options.forgets:
            self.set_field(slot, remark="")
            for members in self._all_members():
                self.set_member(members, slot, False)

    def _all_members(self) -> list[Members]:
        return [*(tag.members for tag in self.tags.values()), self.blocked]
