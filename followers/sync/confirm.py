"""Ask WeChat about people who seem to have left: lists omit people, and people move within them."""

import random
from collections.abc import Iterable

from django.conf import settings
from pyroaring import BitMap64

from ..wechat.client import Client
from .profiles import Batches, ProfileBatch
from .state import ListingState

SAMPLE_SIZE = 300


class Confirmation:
    """Asks about all of `gone`, or about a sample where they are too many.

    How far it has come is kept in the state, so that a resumed run asks nobody of a sample twice.
    """

    def __init__(
        self, client: Client, state: ListingState, gone: BitMap64, *, sample: bool, seed: int
    ) -> None:
        self.state = state
        if sample and not state.to_ask:
            size = min(SAMPLE_SIZE, len(gone))
            state.to_ask = sorted(random.Random(seed).sample(list(gone), size))  # noqa: S311
            state.sampled = len(gone) > size
        self.leaves_some_out = sample and state.sampled
        self.batches = Batches(client, BitMap64(state.to_ask) if sample else gone)

    def close(self) -> None:
        self.batches.close()

    def fetch(self, *, is_last_step: bool) -> list[ProfileBatch]:
        return self.batches.fetch(settings.DETAILS_CALLS_AT_ONCE, is_last_step=is_last_step)

    def store(self, batches: Iterable[ProfileBatch]) -> tuple[BitMap64, BitMap64]:
        """Count what was said: who of them follows, and who has left."""
        following, left = BitMap64(), BitMap64()
        for batch in batches:
            for person in batch.people:
                profile = batch.profiles.get(person.openid)
                (following if profile and profile.subscribed else left).add(person.id)
        self.state.asked += len(following) + len(left)
        self.state.still += len(following)
        rest = self.state.to_ask if self.batches.left else ()
        self.state.to_ask = [row for row in rest if row not in following and row not in left]
        return following, left
