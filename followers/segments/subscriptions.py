"""The filter by subscriptions: who is counted by a figure of `history.figures`.

The other filters by days, source and scene are about a follower's present profile, which says
nothing of the earlier subscriptions of somebody who came and went.
"""

from collections.abc import Iterator
from datetime import datetime
from functools import cached_property, reduce
from operator import or_
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.expressions import Combinable, RawSQL
from django.db.models.functions import Coalesce
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..models import Channel, Subscription
from ..rows.dialect import dialect, set_param
from ..rows.unions import Rows
from ..wechat.sources import source_name
from .channels import scene_text
from .days import DayRangeFilter
from .filter import Condition, Filter, Followers, Params, Scope, shortened
from .lookups import NOTHING, NamedChannel
from .texts import is_unreadable

SOURCE, SCENE, STILL = "origin_source", "origin_scene", "still"
# The length of the columns.
ORIGIN_LENGTH = 64
# Up to so many subscriptions are read once; otherwise each of a page's queries would find them.
MAX_READ = 500_000

Subscriptions = QuerySet[Subscription, Any]


def origin_param(value: str) -> str:
    """A source or scene as a parameter: "-" is an unknown one, "--" is "-" itself, and so on."""
    return value if value.strip("-") else f"{value}-"


def _origin(param: str) -> str:
    return param if param.strip("-") else param[:-1]


class BeganFilter(DayRangeFilter):
    """A part of SubscriptionFilter."""

    title = gettext_lazy("joined in the period")
    field = "began_at"
    parameters = ("began_from", "began_to")


class EndedFilter(DayRangeFilter):
    """A part of SubscriptionFilter."""

    title = gettext_lazy("left in the period")
    field = "ended_at"
    parameters = ("ended_from", "ended_to")


class SubscriptionFilter(Filter):
    """Followers with a subscription of which all that is given is true.

    It began and ended in these days, began with this source and scene, and has not ended (`still`).
    As in the daily figures, only what was after the account's baseline counts; without any days, a
    subscription that began or ended after it.
    """

    title = gettext_lazy("subscription")
    parameters = (*BeganFilter.parameters, *EndedFilter.parameters, SOURCE, SCENE, STILL)
    widget = "hidden"

    def __init__(self, params: Params, scope: Scope) -> None:
        super().__init__(params, scope)
        self.began, self.ended = BeganFilter(params, scope), EndedFilter(params, scope)
        self.still = self.given.get(STILL, "")
        # With the spaces around them: WeChat stores any text.
        raw = {name: (params.get(name) or [""])[-1] for name in (SOURCE, SCENE)}
        self.origin = {name: _origin(value) for name, value in raw.items() if value}
        self._channels = scope.lookups.channels.ask(self._channels_of_scene)
        self._keys = scope.lookups.keys.ask(self._subscribers)

    @cached_property
    def problem(self) -> str:
        return self.began.problem or self.ended.problem or self._problem_of_origin()

    def _problem_of_origin(self) -> str:
        scene, source = self.origin.get(SCENE, ""), self.origin.get(SOURCE, "")
        if not _is_storable(scene):
            text = _("“%(value)s” is neither a channel nor a QR scene.")
            return text % {"value": _beginning(scene)}
        text = _("The filter “%(name)s” has no value “%(value)s”.")
        if not _is_storable(source):
            return text % {"name": _("source"), "value": _beginning(source)}
        if self.still not in ("", "1"):
            return text % {"name": _("still following"), "value": _beginning(self.still)}
        return ""

    @property
    def is_offered(self) -> bool:
        return bool(self.given or self.origin)

    def narrow(self, followers: Followers) -> Followers:
        if not self.is_offered:
            return followers
        keys = self._keys()
        if len(keys) <= MAX_READ:
            ids = RawSQL(dialect().ids_sql, [set_param(set(keys))])  # noqa: S611
            return followers.filter(dialect().pk_in(ids))
        found = self.subscriptions(F("account_id"))
        if self._is_far_down:
            return followers.filter(dialect().pk_in(Subquery(found.values("follower_id"))))
        if not dialect().has_row_statistics:
            # SQLite would read all of the account's subscriptions for every follower.
            found = self.subscriptions(Coalesce("account_id", 0))
        return followers.filter(Exists(found.filter(follower=OuterRef("pk"))))

    def _subscribers(self) -> Rows:
        """Whose subscriptions match, perhaps twice."""
        if not self.is_offered or self.problem:
            return NOTHING
        found = self.subscriptions(F("account_id")).order_by()
        return Rows([found.values("follower_id")], MAX_READ + 1)

    def _channels_of_scene(self) -> Rows:
        scene = self.origin.get(SCENE, "")
        if not scene or not _is_storable(scene) or self.scope.account is None:
            return NOTHING
        rows = Channel.objects.filter(account=self.scope.account, scene=scene).order_by()
        return Rows([rows.values_list(*NamedChannel._fields)], 1)

    @cached_property
    def _is_far_down(self) -> bool:
        """Whether a walk down the list, newest first, passes many before the first that matches.

        Who joined after the days cannot match.
        """
        ends = (it.moments[1] for it in (self.began, self.ended))
        end = min(filter(None, ends), default=None)
        later = Subscription.objects.filter(account__in=self._accounts, began_at__gte=end)
        return end is not None and later[: MAX_READ + 1].count() > MAX_READ

    def subscriptions(self, owner: Combinable) -> Subscriptions:
        """Those that match; owner: the account's id as an expression."""
        counted = [Q(owner=pk) & self._counted(at) for pk, at in self._baselines.items()]
        if not counted:
            return Subscription.objects.none()
        known_until = Coalesce("ended_at", "began_at")
        named = Subscription.objects.alias(owner=owner, known_until=known_until)
        found = named.filter(reduce(or_, counted))
        if SOURCE in self.origin:
            found = found.filter(source=self.origin[SOURCE])
        if scene := self.origin.get(SCENE):
            # In the form of the partial index's condition.
            found = found.filter(~Q(scene=""), scene=scene)
        elif SCENE in self.origin:
            found = found.filter(scene="")
        return found.filter(ended_at=None) if self.still else found

    @property
    def _accounts(self) -> list[int]:
        return list(self.scope.accounts) if self.scope.account is None else [self.scope.account]

    @property
    def _baselines(self) -> dict[int, datetime]:
        return self.scope.lookups.baselines_of(self._accounts)

    def _counted(self, baseline: datetime) -> Q:
        given = [it for it in (self.began, self.ended) if it.given]
        if not given:
            return Q(known_until__gt=baseline)
        return Q(*(_in_days(days, baseline) for days in given))

    def conditions(self) -> Iterator[Condition]:
        yield from self.began.conditions()
        yield from self.ended.conditions()
        if SOURCE in self.origin:
            yield Condition(self._source_text(self.origin[SOURCE]), (SOURCE,))
        if SCENE in self.origin:
            yield Condition(self._scene_text(self.origin[SCENE]), (SCENE,))
        if self.still:
            said = f"{STILL} = {shortened(self.still)}"
            text = _("Still following since then") if self.still == "1" else said
            yield Condition(text, (STILL,))

    def _source_text(self, source: str) -> str:
        if not source:
            return _("Source when they joined: unknown")
        name = shortened(source_name(source))
        return _("Source when they joined: %(name)s") % {"name": name}

    def _scene_text(self, scene: str) -> str:
        if not scene:
            return _("Channel when they joined: none")
        name = scene_text(scene, {it.scene: it.name for it in self._channels()})
        return _("Channel when they joined: %(name)s") % {"name": name}


def _is_storable(origin: str) -> bool:
    return "\0" not in origin and len(origin) <= ORIGIN_LENGTH and not is_unreadable(origin)


def _beginning(value: str) -> str:
    return Truncator(value.replace("\0", "")).chars(40)


def _in_days(days: DayRangeFilter, baseline: datetime) -> Q:
    """SQLite looks up one lower bound in an index, not two."""
    start, end = days.moments
    after_baseline = Q(**{f"{days.field}__gt": baseline})
    begun = Q(**{f"{days.field}__gte": start}) if start and start > baseline else after_baseline
    return begun & Q(**{f"{days.field}__lt": end}) if end else begun
