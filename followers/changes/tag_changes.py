"""Several tags added to and removed from the same followers by one run, and what that would do."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import ceil

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from pyroaring import BitMap64

from ..accounts.usage import quota_for
from ..models import Follower, OfficialAccount, Tag
from ..wechat.limits import MAX_TAGS_OF_FOLLOWER
from .change import Action, Change, ChangeRefused, kind_of
from .eligibility import IdsByReason, find_ineligible
from .follower_sets import FollowerSets
from .plan import SECONDS_PER_CALL, Plan, check_change, days_needed, follower_ids
from .record import PlannedStep

# Whom several reasons leave unchanged is counted once, under the first of these.
RANK = ("left", "blacklisted", "full")
UNCHANGED = "as_wanted"


@dataclass(frozen=True)
class TagChanges:
    """added, removed: tags of one account. created: the name of a new tag to add, "" for none."""

    added: tuple[Tag, ...] = ()
    removed: tuple[Tag, ...] = ()
    created: str = ""

    @property
    def of_followers(self) -> list[Change]:
        """Tags are removed before others take their place."""
        changes = [Change(Action.UNTAG, tag=tag) for tag in self.removed]
        changes += [Change(Action.TAG, tag=tag) for tag in self.added]
        return [*changes, Change(Action.TAG, name=self.created)] if self.created else changes

    @property
    def creation(self) -> list[Change]:
        return [Change(Action.CREATE_TAG, name=self.created)] if self.created else []

    @property
    def additions(self) -> int:
        return len(self.added) + len(self.creation)

    def steps(self, ids: BitMap64) -> list[PlannedStep]:
        """In the order of the run: a tag exists before it is given."""
        created = [PlannedStep(change) for change in self.creation]
        return created + [PlannedStep(change, ids) for change in self.of_followers]

    def check(self, account: OfficialAccount) -> None:
        """Raise ChangeRefused if WeChat would refuse a part of it for every follower."""
        changes = [*self.creation, *self.of_followers]
        if not changes:
            raise ChangeRefused(_("Choose at least one tag to add or to remove."))
        if both := sorted({tag.name for tag in self.added if tag in self.removed}):
            names = pgettext("between names", ", ").join(both)
            text = _("These tags are chosen to be added and removed; choose one of both: %(names)s")
            raise ChangeRefused(text % {"names": names})
        if self.additions > MAX_TAGS_OF_FOLLOWER:
            text = _("You add %(number)s tags; WeChat allows 20 for each follower. Choose fewer.")
            raise ChangeRefused(text % {"number": self.additions})
        for change in changes:
            check_change(account, change)


@dataclass(frozen=True)
class TagStep:
    """What one tag comes to. skipped: number of followers by reason (skip_reason_texts)."""

    change: Change
    will_change: int
    skipped: dict[str, int]


@dataclass(frozen=True)
class TagsPlan:
    """overall: of followers, each counted once. steps: of each tag, in the order of the run."""

    overall: Plan
    steps: list[TagStep]


def make_tags_plan(
    account: OfficialAccount, followers: QuerySet[Follower], wanted: TagChanges
) -> TagsPlan:
    """Plan the changes of these followers of the account; writes and sends nothing."""
    ids = follower_ids(account, followers)
    found = [(change, skipped) for change, skipped in _foretell(account, ids, wanted)]
    steps = [
        TagStep(change, len(ids) - sum(numbers.values()), numbers)
        for change, skipped in found
        for numbers in [{reason: len(who) for reason, who in skipped.items()}]
    ]
    skipped = _skipped_by_all(ids, [each for _change, each in found])
    return TagsPlan(_overall(account, len(ids), skipped, wanted, steps), steps)


def _foretell(
    account: OfficialAccount, ids: BitMap64, wanted: TagChanges
) -> Iterator[tuple[Change, IdsByReason]]:
    """Whom each step will skip, once those before it are done."""
    sets = FollowerSets(account.pk, ids, wanted.additions)
    for change in wanted.of_followers:
        skipped = find_ineligible(account.pk, change, ids, sets=sets)
        changing = ids.difference(*skipped.values())
        if change.action == Action.TAG:
            sets.add_tag(change.tag, changing)
        else:
            sets.remove_tag(change.tag, changing)
        yield change, skipped


def _skipped_by_all(ids: BitMap64, steps: Iterable[IdsByReason]) -> dict[str, int]:
    """The number of followers whom no step changes, by reason."""
    steps = list(steps)
    if len(steps) == 1:
        return {reason: len(who) for reason, who in steps[0].items()}
    rest = BitMap64(ids)
    for skipped in steps:
        rest &= BitMap64().union(*skipped.values())
    numbers = {}
    for reason in RANK:
        found = rest & BitMap64().union(*(it.get(reason, BitMap64()) for it in steps))
        numbers[reason] = len(found)
        rest -= found
    numbers[UNCHANGED] = len(rest)
    return {reason: number for reason, number in numbers.items() if number}


def _overall(
    account: OfficialAccount,
    selected: int,
    skipped: dict[str, int],
    wanted: TagChanges,
    steps: list[TagStep],
) -> Plan:
    calls = Counter({change.action: 1 for change in wanted.creation})
    for step in steps:
        kind = step.change.kind
        calls[kind.action] += ceil(step.will_change / kind.followers_per_step)
    quotas = {action: quota_for(account, kind_of(action).path) for action in calls}
    return Plan(
        selected=selected,
        will_change=selected - sum(skipped.values()),
        skipped=skipped,
        calls=calls.total(),
        seconds=calls.total() * SECONDS_PER_CALL,
        quota=next((quota for quota in quotas.values() if quota), None),
        days=max(days_needed(calls[action], quota) for action, quota in quotas.items()),
    )
