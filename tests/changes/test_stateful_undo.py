"""An undone change leaves exactly what others have changed since, here or at WeChat itself.

The model is a list for each thing of a follower, and for each tag: who made it what, the last one
at the end. An undo brings back whatever the undone run was the last to change, and nothing else. Of
tags it deletes those that the run has created and to nobody was given by others.
"""

from collections import defaultdict
from collections.abc import Sequence
from random import Random
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import rule, run_state_machine_as_test

from followers.changes.change import Action, ChangeRefused
from followers.changes.created_tags import CREATED
from followers.changes.undo import count_undoable, undo
from followers.models import EditRun, Follower

from ..stateful import profile
from .agreement import Key, State, here
from .interplay import Interplay, make_small

EDITS = {"edit_members": 8, "edit_blacklist": 5, "edit_text": 6, "edit_file": 3, "edit_tag": 1}
CONSOLE = {"console_members": 4, "console_blacklist": 3, "console_remark": 3, "console_people": 1}

numbers = st.integers(min_value=0, max_value=2**32)
kills = st.lists(st.tuples(st.sampled_from(["before", "answered", "stored"]), st.integers(1, 3)))


def weighted(acts: dict[str, int]) -> st.SearchStrategy[str]:
    return st.sampled_from([name for name, weight in acts.items() for _ in range(weight)])


class Undoing(Interplay):
    """So few people that they meet again and again."""

    people, fewest, tags = 6, 5, 1

    def __init__(self) -> None:
        super().__init__()
        self.seen = self.state()
        # Who changed a thing, and what it was before.
        self.made: defaultdict[Key, list[tuple[Any, Any]]] = defaultdict(list)

    def state(self) -> State:
        """Tags and who has them, blacklist, remarks and notes, as they are known here.

        The remark of whoever has left as well: by leaving nobody's remark is changed.
        """
        texts = Follower.objects.filter(account=self.account).values("openid", "remark", "note")
        state = {
            (what, None, row["openid"]): row[what]
            for row in texts
            for what in ("remark", "note")
            if row[what]
        }
        return here(self.account) | state

    def note(self, who: Any) -> None:
        """Whatever is different now, `who` has changed."""
        state = self.state()
        for key in state.keys() | self.seen.keys():
            if state.get(key) != self.seen.get(key):
                self.made[key].append((who, self.seen.get(key)))
        self.seen = state

    # --- changes, one after the other -------------------------------------------------------------

    @rule(name=weighted(EDITS), number=numbers, deaths=kills)
    def edit(self, name: str, number: int, deaths: Sequence[tuple[str, int]]) -> None:
        if run := getattr(self, name)(Random(number)):
            self.to_its_end(run, deaths)

    def to_its_end(self, run: EditRun, deaths: Sequence[tuple[str, int]] = ()) -> None:
        for point, place in deaths:
            self.disturbed(Random(0), 1, ("", place), point, ())
        for _ in range(200):
            run.refresh_from_db()
            if not run.is_active:
                break
            self.expire(Random(0))
            self.time_passes(Random(0))
            self.advance(run, run.ticket)
        assert not run.is_active
        self.note(run.pk)

    @rule(acts=st.lists(st.tuples(weighted(CONSOLE), numbers), min_size=1, max_size=4))
    def at_wechat(self, acts: Sequence[tuple[str, int]]) -> None:
        """Somebody changes it there, and a sync learns of it."""
        for name, number in acts:
            self.act(name, number)
        self.settle()
        self.note("WeChat")

    @rule(number=numbers)
    def there_and_back(self, number: int) -> None:
        """Somebody at WeChat changes a membership that a run has touched, and changes it back."""
        follow = self.wechat.followers()
        keys = [key for key, made in self.made.items() if made and isinstance(made[-1][0], int)]
        keys = [key for key in keys if key[0] == "has" and self.has_tag(key[1])]
        keys = sorted(key for key in keys if key[2] in follow)
        if keys:
            _what, tag, openid = Random(number).choice(keys)
            for _ in range(2):
                self.turn_over(openid, tag)
                self.settle()
                self.note("WeChat")

    @rule(number=numbers)
    def undone(self, number: int) -> None:
        ended = self.runs(EditRun, "succeeded", "failed", "cancelled")
        if not ended:
            return
        chance = Random(number)
        run = chance.choice([ended[-1], chance.choice(ended), chance.choice(ended)])
        self.check_undo(run)

    def check_undo(self, run: EditRun) -> None:
        mine = {
            key: made[-1][1] for key, made in self.made.items() if made and made[-1][0] == run.pk
        }
        mine = {key: value for key, value in mine.items() if self.is_undone(run, key)}
        back = {key: value for key, value in mine.items() if self.can_have(key, value)}
        wanted, count = self.seen | back, count_undoable(run)
        deleted = {key[1] for key in mine if key[0] == "tag"}
        # With a tag also those lose it of whom WeChat takes nothing.
        wanted = {
            key: value
            for key, value in wanted.items()
            if value is not None and key[1] not in deleted
        }
        what = [(step.action, step.text) for step in run.steps.all()]
        assert count == len(mine), (what, mine)
        try:
            self.to_its_end(undo(run, None))
        except ChangeRefused:
            assert not mine
        assert self.seen == wanted

    def has_tag(self, tag: int | None) -> bool:
        return ("tag", tag, None) in self.seen

    def is_undone(self, run: EditRun, key: Key) -> bool:
        """Of tags nothing but their creation is, and nothing of a tag that is gone."""
        what, tag, _openid = key
        if what == "follows" or (tag is not None and not self.has_tag(tag)):
            return False
        return what != "tag" or (self.has_created_tag(run, tag) and self.is_given_by(run, tag))

    def has_created_tag(self, run: EditRun, tag: int | None) -> bool:
        """And not found when it was to be created, after a try that was killed."""
        made = self.made["tag", tag, None]
        creating = run.steps.filter(action=Action.CREATE_TAG, tag__wechat_id=tag)
        return len(made) == 1 and creating.filter(chunks__reason=CREATED).exists()

    def is_given_by(self, run: EditRun, tag: int | None) -> bool:
        """By this run alone, to all who have it."""
        has = [key for key in self.seen if key[:2] == ("has", tag)]
        return all(self.made[key] and self.made[key][-1][0] == run.pk for key in has)

    def can_have(self, key: Key, value: Any) -> bool:
        """WeChat changes nothing of those who left; who is blocked gets no tag."""
        what, _tag, openid = key
        if what in ("note", "tag"):
            return True
        if ("follows", None, openid) not in self.seen:
            return what == "blocked" and value is None
        return what != "has" or value is None or ("blocked", None, openid) not in self.seen


def test_what_others_changed_since_stays(queue, db, monkeypatch, settings):
    make_small(monkeypatch, settings, most_tags=20)
    run_state_machine_as_test(Undoing, settings=profile(examples=7, steps=20))
