"""Ask WeChat about followers missing from a list: lists omit followers and change their order."""

import random
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from pyroaring import BitMap64

from ..wechat.client import Client
from .profile_batches import ProfileBatch, ProfileBatches
from .state import ListingState

SAMPLE_SIZE = 300


class Confirmation:
    """Asks about all of `gone`, or about a sample of them.

    The rest of the sample is kept in the state, so a resumed run asks about nobody twice.
    """

    def __init__(
        self, client: Client, state: ListingState, gone: BitMap64, *, sample: bool, seed: int
    ) -> None:
        self.state = state
        if sample and not state.to_ask:
            size = min(SAMPLE_SIZE, len(gone))
            state.to_ask = sorted(random.Random(seed).sample(list(gone), size))  # noqa: S311
            state.sampled = len(gone) > size
        self.is_sample_only = sample and state.sampled
        self.batches = ProfileBatches(client, BitMap64(state.to_ask) if sample else gone)

    def close(self) -> None:
        self.batches.close()

    def fetch(self, *, is_last_step: bool) -> list[ProfileBatch]:
        return self.batches.fetch(settings.DETAILS_CALLS_AT_ONCE, is_last_step=is_last_step)

    def store(self, batches: Iterable[ProfileBatch]) -> "Answers":
        """Count the answers."""
        following = BitMap64()
        left: defaultdict[datetime, BitMap64] = defaultdict(BitMap64)
        for batch in batches:
            for follower in batch.requested:
                profile = batch.profiles.get(follower.openid)
                follows = profile is not None and profile.subscribed
                (following if follows else left[batch.requested_at]).add(follower.id)
        answered = following.union(*left.values())
        self.state.asked += len(answered)
        self.state.still += len(following)
        to_ask = self.state.to_ask if self.batches.remaining else ()
        self.state.to_ask = [row for row in to_ask if row not in answered]
        return Answers(following, left)


@dataclass(frozen=True)
class Answers:
    """Row ids of those who follow, and of those who do not, by when WeChat was asked."""

    following: BitMap64
    left: Mapping[datetime, BitMap64]
