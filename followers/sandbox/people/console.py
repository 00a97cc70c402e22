"""Changes made in WeChat's web console, without the API."""

import random
from collections import Counter
from collections.abc import Iterable
from dataclasses import fields
from itertools import count
from typing import Any

from ..options import MAX_CUSTOM_TAGS
from .members import Members
from .population import FOLLOWS
from .profiles import Profile, make_remark
from .records import MAX_TAGS, RESERVED_TAG_IDS, Records, Tag

_PROFILE_FIELDS = {field.name for field in fields(Profile)}
# How often each kind occurs in a hundred random changes; `_` before a kind is its method.
CHANGE_WEIGHTS = {
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
    """Thread safe. The same seed and history give the same random changes."""

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
        """Replaces a follower's tags (ids), blocks or unblocks, and sets fields of `Profile`.

        A remark may be longer than the API allows. Raises ValueError for an openid that does not
        follow, an unknown tag or field, or more than 20 tags.
        """
        records, tag_ids = self._records, None if tags is None else set(tags)
        with self._population.lock:
            slot = records.slot_of(openid)
            if self._population.status(slot) != FOLLOWS:
                raise ValueError(f"{openid} does not follow")
            if unknown_tags := (tag_ids or set()) - set(records.tags):
                raise ValueError(f"there is no tag {sorted(unknown_tags)}")
            if unknown_fields := set(profile) - _PROFILE_FIELDS:
                raise ValueError(f"a profile has no {', '.join(sorted(unknown_fields))}")
            if tag_ids and len(tag_ids) > MAX_TAGS:
                raise ValueError(f"nobody has more than {MAX_TAGS} tags")
            for tag in records.tags.values() if tag_ids is not None else ():
                records.set_member(tag.members, slot, tag.id in (tag_ids or ()))
            if blacklisted is not None:
                records.set_member(records.blacklisted, slot, blacklisted)
            records.set_field(slot, **profile)

    def create_tag(self, name: str) -> int:
        """Returns the id of the new tag."""
        return self._records.create_tag(name).id

    def rename_tag(self, tag_id: int, name: str) -> None:
        """Raises KeyError for an unknown tag."""
        self._records.tags[tag_id].name = name

    def delete_tag(self, tag_id: int) -> None:
        """Deletes tags of any size, unlike the API. Raises KeyError for an unknown tag."""
        self._records.delete_tag(tag_id)

    def shuffle(self, changes: int, seed: int | str | None = None) -> dict[str, int]:
        """Makes random changes and returns how many of each kind; a few may find no follower.

        Without a seed it continues the random sequence of the last call.
        """
        rng = self._rng if seed is None else random.Random(f"shuffle:{seed}")  # noqa: S311
        kinds = rng.choices(list(CHANGE_WEIGHTS), list(CHANGE_WEIGHTS.values()), k=changes)
        with self._population.lock:
            done = Counter(kind for kind in kinds if getattr(self, f"_{kind}")(rng))
        return dict(done)

    def _remark(self, rng: random.Random) -> bool:
        slot = self._population.pick_follower(rng)
        if slot is not None:
            self._records.set_field(slot, remark=make_remark(rng.getrandbits(32)))
        return slot is not None

    def _remark_cleared(self, rng: random.Random) -> bool:
        # One follower in thirty has a remark: 60 attempts usually find one.
        for _ in range(60):
            slot = self._population.pick_follower(rng)
            if slot is not None and self._records.remark(slot):
                self._records.set_field(slot, remark="")
                return True
        return False

    def _tagged(self, rng: random.Random) -> bool:
        slot = self._population.pick_follower(rng)
        tag = rng.choice(list(self._records.tags.values()))
        if slot is None or len(self._records.tags_of(slot)) >= MAX_TAGS:
            return False
        return self._records.set_member(tag.members, slot, True)

    def _untagged(self, rng: random.Random) -> bool:
        tag = rng.choice(list(self._records.tags.values()))
        return self._remove_random_member(tag.members, rng)

    def _blocked(self, rng: random.Random) -> bool:
        slot = self._population.pick_follower(rng)
        return slot is not None and self._records.set_member(self._records.blacklisted, slot, True)

    def _unblocked(self, rng: random.Random) -> bool:
        return self._remove_random_member(self._records.blacklisted, rng)

    def _remove_random_member(self, members: Members, rng: random.Random) -> bool:
        listed = self._records.followers_in(members)
        start = rng.randrange(self._population.size)
        found = listed.page_after(start, 1).openids or listed.page_after(-1, 1).openids
        if not found:
            return False
        return self._records.set_member(members, self._records.slot_of(found[0]), False)

    def _tag_renamed(self, rng: random.Random) -> bool:
        tag = self._random_custom_tag(rng)
        if tag:
            tag.name = self._unused_name(tag.name[:5], rng)
        return tag is not None

    def _tag_created(self, rng: random.Random) -> bool:
        if len(self._records.tags) > MAX_CUSTOM_TAGS:
            return False
        tag = self._records.create_tag(self._unused_name("新标签", rng))
        for _ in range(rng.randrange(20)):
            slot = self._population.pick_follower(rng)
            if slot is not None and len(self._records.tags_of(slot)) < MAX_TAGS:
                self._records.set_member(tag.members, slot, True)
        return True

    def _tag_deleted(self, rng: random.Random) -> bool:
        tag = self._random_custom_tag(rng)
        if tag:
            self._records.delete_tag(tag.id)
        return tag is not None

    def _unused_name(self, stem: str, rng: random.Random) -> str:
        taken = {tag.name for tag in self._records.tags.values()}
        names = (f"{stem}{rng.randrange(1000, 10_000)}" for _ in count())
        return next(name for name in names if name not in taken)

    def _random_custom_tag(self, rng: random.Random) -> Tag | None:
        custom = [tag for tag in self._records.tags.values() if tag.id not in RESERVED_TAG_IDS]
        return rng.choice(custom) if custom else None
