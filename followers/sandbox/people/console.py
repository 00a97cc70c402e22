"""Changes made by somebody who sits at WeChat's own console, behind the API's back."""

import random
from collections import Counter
from collections.abc import Iterable
from dataclasses import fields
from itertools import count
from typing import Any

from ..options import MAX_OWN_TAGS
from .members import Members
from .persons import Person, remark_of
from .population import FOLLOWS
from .records import MAX_TAGS, RESERVED, Records, Tag

_FIELDS = {field.name for field in fields(Person)}
# How often each happens in a hundred changes at random.
KINDS = {
    "remark": 28,
    "remark_cleared": 8,
    "tagged": 34,
    "untagged": 18,
    "blocked": 5,
    "unblocked": 3,
    "tag_renamed": 2,
    "tag_created": 1,
    "tag_deleted": 1,
}


class Console:
    """Thread safe. The same seed and the same past make the same changes at random."""

    def __init__(self, records: Records, seed: str) -> None:
        self._records, self._seed = records, seed
        self._population = records.population
        self.reset()

    def reset(self) -> None:
        self._rng = random.Random(f"console:{self._seed}")  # noqa: S311

    def change(
        self,
        openid: str,
        *,
        tags: Iterable[int] | None = None,
        blacklisted: bool | None = None,
        **profile: Any,
    ) -> None:
        """Give a follower exactly these tags (ids), block or unblock, or set profile fields.

        Fields are those of `Person`; a remark may be longer than the API allows. ValueError for
        somebody who does not follow, an unknown tag or field, or more than 20 tags.
        """
        records, wanted = self._records, None if tags is None else set(tags)
        with self._population.lock:
            slot = records.slot_of(openid)
            if self._population.status(slot) != FOLLOWS:
                raise ValueError(f"{openid} does not follow")
            if unknown := (wanted or set()) - set(records.tags):
                raise ValueError(f"there is no tag {sorted(unknown)}")
            if strange := set(profile) - _FIELDS:
                raise ValueError(f"a profile has no {', '.join(sorted(strange))}")
            if wanted and len(wanted) > MAX_TAGS:
                raise ValueError(f"nobody has more than {MAX_TAGS} tags")
            for tag in records.tags.values() if wanted is not None else ():
                records.set_member(tag.members, slot, tag.id in (wanted or ()))
            if blacklisted is not None:
                records.set_member(records.blocked, slot, blacklisted)
            records.set_field(slot, **profile)

    def create_tag(self, name: str) -> int:
        """The id of the new tag."""
        return self._records.create(name).id

    def rename_tag(self, tag_id: int, name: str) -> None:
        """KeyError for an unknown tag."""
        self._records.tags[tag_id].name = name

    def delete_tag(self, tag_id: int) -> None:
        """However many have it, unlike the API. KeyError for an unknown tag."""
        self._records.delete(tag_id)

    def shuffle(self, changes: int, seed: int | str | None = None) -> dict[str, int]:
        """So many changes at random; what was done how often (a few may find nobody to change).

        Without a seed the changes go on where the last ones ended.
        """
        rng = self._rng if seed is None else random.Random(f"shuffle:{seed}")  # noqa: S311
        kinds = rng.choices(list(KINDS), list(KINDS.values()), k=changes)
        with self._population.lock:
            done = Counter(kind for kind in kinds if getattr(self, f"_{kind}")(rng))
        return dict(done)

    def _remark(self, rng: random.Random) -> bool:
        slot = self._population.pick(rng)
        if slot is not None:
            self._records.set_field(slot, remark=remark_of(rng.getrandbits(32)))
        return slot is not None

    def _remark_cleared(self, rng: random.Random) -> bool:
        # One in thirty has a remark: a few looks usually find somebody.
        for _ in range(60):
            slot = self._population.pick(rng)
            if slot is not None and self._records.remark(slot):
                self._records.set_field(slot, remark="")
                return True
        return False

    def _tagged(self, rng: random.Random) -> bool:
        slot, tag = self._population.pick(rng), rng.choice(list(self._records.tags.values()))
        if slot is None or len(self._records.tags_of(slot)) >= MAX_TAGS:
            return False
        return self._records.set_member(tag.members, slot, True)

    def _untagged(self, rng: random.Random) -> bool:
        return self._take_out_one(rng.choice(list(self._records.tags.values())).members, rng)

    def _blocked(self, rng: random.Random) -> bool:
        slot = self._population.pick(rng)
        return slot is not None and self._records.set_member(self._records.blocked, slot, True)

    def _unblocked(self, rng: random.Random) -> bool:
        return self._take_out_one(self._records.blocked, rng)

    def _take_out_one(self, members: Members, rng: random.Random) -> bool:
        listed = self._records.followers_in(members)
        start = rng.randrange(self._population.size)
        found = listed.after(start, 1).openids or listed.after(-1, 1).openids
        if not found:
            return False
        return self._records.set_member(members, self._records.slot_of(found[0]), False)

    def _tag_renamed(self, rng: random.Random) -> bool:
        tag = self._random_own_tag(rng)
        if tag:
            tag.name = self._fresh_name(tag.name[:5], rng)
        return tag is not None

    def _tag_created(self, rng: random.Random) -> bool:
        if len(self._records.tags) > MAX_OWN_TAGS:
            return False
        tag = self._records.create(self._fresh_name("新标签", rng))
        for _ in range(rng.randrange(20)):
            slot = self._population.pick(rng)
            if slot is not None and len(self._records.tags_of(slot)) < MAX_TAGS:
                self._records.set_member(tag.members, slot, True)
        return True

    def _tag_deleted(self, rng: random.Random) -> bool:
        tag = self._random_own_tag(rng)
        if tag:
            self._records.delete(tag.id)
        return tag is not None

    def _fresh_name(self, stem: str, rng: random.Random) -> str:
        taken = {tag.name for tag in self._records.tags.values()}
        names = (f"{stem}{rng.randrange(1000, 10_000)}" for _ in count())
        return next(name for name in names if name not in taken)

    def _random_own_tag(self, rng: random.Random) -> Tag | None:
        own = [tag for number, tag in self._records.tags.items() if number not in RESERVED]
        return rng.choice(own) if own else None
