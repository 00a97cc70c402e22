"""The people of the demo's second account, as nightly syncs would have stored them.

Each list knows who follows at that moment, each profile since when: whoever comes and leaves
between two lists is never seen, and whoever has left had done so by the next one.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from ..history.fold import fold
from ..history.news import is_implied
from ..history.observations import Absent, Baseline, Listed, Observation, Profile
from ..history.periods import status_of
from ..history.stored import set_period
from ..models import Follower, OfficialAccount, Subscription
from ..sandbox.people import lives, profiles

# So long each list takes, and the answers about those who are missing from it.
DURATION = timedelta(seconds=2)
ROWS_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class Stay:
    """A period that lists have seen: from the number of the first one to that of the first without.

    gone: the number of walks if they still follow.
    """

    period: lives.Period
    first: int
    gone: int


@dataclass
class Changes:
    """How many people each list, by its number, found new, back and gone."""

    added: Counter[int] = field(default_factory=Counter)
    returned: Counter[int] = field(default_factory=Counter)
    left: Counter[int] = field(default_factory=Counter)


class Past:
    """Collects the rows of followers and their subscriptions."""

    def __init__(self, account: OfficialAccount, walks: list[datetime]) -> None:
        self.account, self.walks = account, walks
        self.times = [at.timestamp() for at in walks]
        self.changes = Changes()
        self.followers: list[Follower] = []
        self.subscriptions: list[Subscription] = []

    def add(self, openid: str, profile: profiles.Profile, life: Iterable[lives.Period]) -> None:
        stays = list(self.seen(life))
        if not stays:
            return
        named = {number for stay in stays for number in (stay.first, stay.gone - 1)}
        known = [it for stay in stays for it in self.observations(stay, named)]
        periods = fold(known, self.account.baseline_at)
        status, seen_at = status_of(periods, known), self.walks[stays[0].first]
        follower = Follower(
            account=self.account,
            openid=openid,
            subscribed=status.subscribed,
            status_as_of=status.status_as_of or seen_at,
            unsubscribed_at=status.unsubscribed_at,
            first_seen_at=seen_at,
            details_synced_at=max(it.asked_at for it in known if isinstance(it, Profile)),
            **profile_fields(profile, stays[-1].period),
        )
        self.followers.append(follower)
        if not is_implied(periods, self.account.baseline_at):
            rows = (Subscription(account=self.account, follower=follower) for _ in periods)
            self.subscriptions += map(set_period, rows, periods)
        self.count(stays)

    def seen(self, life: Iterable[lives.Period]) -> Iterator[Stay]:
        """The periods in which a list was read: of the others nobody knows."""
        end = len(self.times)
        for period in life:
            first = bisect_left(self.times, period.began)
            gone = end if period.ended is None else bisect_left(self.times, period.ended)
            if first < gone:
                yield Stay(period, first, gone)

    def observations(self, stay: Stay, named: set[int]) -> Iterator[Observation]:
        """What lists and profiles said of it, as far as it says anything new.

        named: the first and the last list of every stay; the lists beside them may be among those
        of another one.
        """
        walks, period = self.walks, stay.period
        first, last = walks[stay.first], walks[stay.gone - 1]
        yield Listed(first) if stay.first else Baseline(first)
        yield Listed(last)
        since = datetime.fromtimestamp(period.began, UTC)
        yield Profile(first + DURATION, since, period.source, period.scene)
        if stay.first and stay.first - 1 not in named:
            yield Absent(walks[stay.first - 1], walks[stay.first - 1])
        if stay.gone == len(walks):
            yield Profile(last + DURATION, since, period.source, period.scene)
        elif stay.gone not in named:
            yield Absent(walks[stay.gone], walks[stay.gone] + DURATION, confirmed=True)

    def count(self, stays: Sequence[Stay]) -> None:
        changes = self.changes
        changes.added[stays[0].first] += 1
        # Who left and came back between two lists was on both of them.
        for one, later in pairwise(stays):
            if one.gone < later.first:
                changes.left[one.gone] += 1
                changes.returned[later.first] += 1
        # Of those who still follow, this counts under a number that no list has.
        changes.left[stays[-1].gone] += 1

    def save(self) -> None:
        Follower.objects.bulk_create(self.followers, ROWS_AT_ONCE)
        Subscription.objects.bulk_create(self.subscriptions, ROWS_AT_ONCE)


def profile_fields(profile: profiles.Profile, period: lives.Period) -> dict[str, object]:
    """What was last read of somebody, in the period that lists saw last."""
    origin = lives.origin_fields(period.source, period.scene)
    return {
        "unionid": profile.unionid,
        "remark": profile.remark,
        "language": profile.language,
        "subscribe_time": datetime.fromtimestamp(period.began, UTC),
        "subscribe_scene": period.source,
        "qr_scene": origin["qr_scene"] or None,
        "qr_scene_str": origin["qr_scene_str"],
    }
