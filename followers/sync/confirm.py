"""Ask WeChat about people who seem to have left: lists omit people, and people move within them."""

import random
from typing import Any

from django.conf import settings
from pyroaring import BitMap64

from ..models import SyncStage
from ..rows import followers
from ..wechat.client import Client
from .batches import Batches

SAMPLE_SIZE = 300


class Confirmation:
    """Asks about all of `gone`, or about a sample where they are too many.

    state["asked"] and ["still"]: how many were asked about, and how many of them follow;
    state["to_ask"]: the rest of the sample, so that a resumed run asks nobody twice.
    """

    def __init__(self, stage: SyncStage, client: Client, gone: BitMap64, *, sample: bool) -> None:
        self.stage, state = stage, stage.state
        if sample and "to_ask" not in state:
            size = min(SAMPLE_SIZE, len(gone))
            chosen = random.Random(stage.run_id).sample(list(gone), size)  # noqa: S311
            state |= {"to_ask": sorted(chosen), "sampled": len(gone) > size}
        self.sample = sample and state["sampled"]
        self.batches = Batches(client, BitMap64(state["to_ask"]) if sample else gone)

    def close(self) -> None:
        self.batches.close()

    def fetch(self, *, last: bool) -> Any:
        return self.batches.fetch(settings.DETAILS_CALLS_AT_ONCE, last=last)

    def store(self, answers: Any, *, mark: bool) -> BitMap64:
        """Count what was said; `mark`: believe it of those who left. Returns those who follow."""
        following, left = BitMap64(), BitMap64()
        for people, answered in answers:
            for person in people:
                said = answered.profiles.get(person.openid)
                (following if said and said.subscribed else left).add(person.id)
        state = self.stage.state
        state["asked"] = state.get("asked", 0) + len(following) + len(left)
        state["still"] = state.get("still", 0) + len(following)
        self._strike_off(following | left)
        if mark and left:
            assert self.stage.walk_started_at is not None  # noqa: S101
            gone = followers.mark_left(left, self.stage.walk_started_at, self.stage.run_id)
            self.stage.run.unsubscribed += len(gone)
        return following

    def _strike_off(self, asked: BitMap64) -> None:
        state = self.stage.state
        if self.is_over:
            state.pop("to_ask", None)
        elif "to_ask" in state:
            state["to_ask"] = [row_id for row_id in state["to_ask"] if row_id not in asked]

    @property
    def is_over(self) -> bool:
        return not self.batches.left
