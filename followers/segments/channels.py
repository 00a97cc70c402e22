"""Filters by the QR code that a follower scanned: by scene, channel or channel group."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property, reduce
from operator import or_
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..models import Channel, Follower
from ..rows.unions import Rows
from .filter import (
    GROUP,
    MAX_ARMS,
    MAX_VALUES,
    SCENE,
    Filter,
    Followers,
    Matching,
    Params,
    Scope,
    SeveralFilter,
    shortened,
)
from .lookups import NOTHING, NamedChannel
from .texts import is_unreadable

# The length of the columns with names; scenes are shorter.
NAME_LENGTH = 100
# SQLite takes no more values of a statement than some 32,000.
MAX_CHANNELS = 10_000
_NUMBER = re.compile(r"0|[1-9][0-9]{0,17}")
BY_ANY_NUMBER, BY_ANY_TEXT = Q(qr_scene__isnull=False), ~Q(qr_scene_str="")


def numeric_scenes(scenes: Iterable[str]) -> list[int]:
    """The scenes that are numbers, as integers."""
    return [int(scene) for scene in scenes if _NUMBER.fullmatch(scene)]


def filter_by_scenes(scenes: Iterable[str]) -> Q:
    """Followers with one of these scenes, in the form of the partial indexes' conditions."""
    known = list(scenes)
    return _by_number(known) | _by_text(known) if numeric_scenes(known) else _by_text(known)


def _by_number(scenes: Iterable[str]) -> Q:
    return BY_ANY_NUMBER & Q(qr_scene__in=numeric_scenes(scenes))


def _by_text(scenes: Iterable[str]) -> Q:
    return BY_ANY_TEXT & Q(qr_scene_str__in=list(scenes))


def scene_text(scene: str, names: Mapping[str, str]) -> str:
    """The scene with the name of its channel, if it has one."""
    name = names.get(scene, "")
    return shortened(f"{name} ({scene})" if name else scene)


class _OfChannels(SeveralFilter):
    """Followers who came through some of the account's channels."""

    def __init__(self, params: Params, scope: Scope) -> None:
        super().__init__(params, scope)
        self._channels = scope.lookups.channels.ask(self._meant)
        self._has_anybody = scope.lookups.scanned.ask(self._by_scene)

    @cached_property
    def problem(self) -> str:
        if self.chosen and self.scope.account is None:
            return _("Channels belong to an account: choose one account to filter by them.")
        problem = super().problem
        if not problem and self.chosen and len(self.scenes) > MAX_CHANNELS:
            text = _("“%(name)s”: these are more than 10,000 channels. Write more of the name.")
            return text % {"name": self.title}
        return problem

    @property
    def is_offered(self) -> bool:
        return self.scope.account is not None or bool(self.chosen)

    @property
    def has_index(self) -> bool:
        return bool(self.chosen)

    @cached_property
    def _conditions(self) -> list[Q]:
        """By the two indexes of numbers and texts; by one, if the other has nobody.

        Nearly all scenes are numbers, or all are texts. The list of either is an index's own.
        """
        numbers, texts = self._scanned
        by_index = [_by_number(numbers)] if numbers else []
        return [*by_index, _by_text(texts)] if texts or not numbers else by_index

    @property
    def _by_kind(self) -> tuple[list[str], list[str]]:
        """The scenes that are numbers, and all, as texts."""
        return [it for it in self.scenes if _NUMBER.fullmatch(it)], self.scenes

    def _by_scene(self) -> list[Followers]:
        """Who came by each scene as a number and as a text, if there is more than one list.

        Of many scenes, who came by any number, and by any text.
        """
        if not self._is_readable or self.problem:
            return []
        numbers, texts = self._by_kind
        conditions = [*(_by_number([it]) for it in numbers), *(_by_text([it]) for it in texts)]
        if len(texts) > MAX_ARMS:
            conditions = [BY_ANY_NUMBER, BY_ANY_TEXT] if numbers else []
        return self._followers(conditions) if len(conditions) > 1 else []

    def _followers(self, conditions: Iterable[Q]) -> list[Followers]:
        own = Follower.objects.filter(account=self.scope.account)
        return [own.filter(it) for it in conditions]

    @cached_property
    def _scanned(self) -> tuple[list[str], list[str]]:
        """The scenes by which anybody came, as a number and as a text.

        A list that is put together of several is read to its end for one that has nobody.
        """
        numbers, texts = self._by_kind
        found = self._has_anybody()
        if not found:
            return numbers, texts
        if len(texts) > MAX_ARMS:
            by_number, by_text = found
            return numbers if by_number else [], texts if by_text else []
        came = iter(found)
        return [it for it in numbers if next(came)], [it for it in texts if next(came)]

    def narrow_by_index(self, followers: Followers) -> QuerySet[Any]:
        """Of the two indexes, one after the other."""
        first, *others = self.named_keys(followers)
        return first.union(*others, all=True) if others else first

    def named_keys(self, followers: Followers) -> list[QuerySet[Any]]:
        found = [followers.filter(it) for it in self._conditions] if self.chosen else []
        return [it.order_by().values("pk") for it in found]

    def arms(self) -> Sequence[Filter]:
        """Each scene by each of the two indexes, which have the list in order."""
        if not self.chosen or len(self.scenes) > MAX_ARMS:
            return [self]
        numbers, texts = self._scanned
        arms = [Matching(_by_number([it])) for it in numbers]
        return [*arms, *(Matching(_by_text([it])) for it in texts)] or [self]

    def is_valid(self, value: str) -> bool:
        return _is_storable(value)

    def narrow_to_values(self, followers: Followers) -> Followers:
        return followers.filter(reduce(or_, self._conditions))

    @property
    def _is_readable(self) -> bool:
        return self.scope.account is not None and 0 < len(self.chosen) <= MAX_VALUES

    def _meant(self) -> Rows:
        """The channels that are meant, at most one more than can be asked for."""
        storable = list(filter(_is_storable, self.chosen))
        if not storable or not self._is_readable:
            return NOTHING
        rows = Channel.objects.filter(self.condition(storable), account=self.scope.account)
        return Rows([rows.order_by().values_list(*NamedChannel._fields)], MAX_CHANNELS + 1)

    def condition(self, values: Sequence[str]) -> Q:
        """The channels that these values mean."""
        raise NotImplementedError

    @cached_property
    def scenes(self) -> list[str]:
        """The scenes of the channels that are meant."""
        return [it.scene for it in self._channels()]


class ChannelFilter(_OfChannels):
    """Channels by their names, or QR scenes with or without a name."""

    title = gettext_lazy("channel or QR scene")
    parameters = (SCENE,)
    widget = "channel"

    def __init__(self, params: Params, scope: Scope) -> None:
        super().__init__(params, scope)
        self._came = scope.lookups.came.ask(self._by_unknown)

    def condition(self, values: Sequence[str]) -> Q:
        return Q(name__in=values) | Q(scene__in=values)

    @property
    def names(self) -> Mapping[str, str]:
        """Names of the channels whose scenes are chosen, by scene; also of those that are named."""
        return {it.scene: it.name for it in self._channels()}

    @cached_property
    def scenes(self) -> list[str]:
        named = {it.scene for it in self._channels() if it.name in self.chosen}
        return list({*named, *self.chosen})

    @cached_property
    def _unknown(self) -> list[str]:
        known = {text for it in self._channels() for text in (it.scene, it.name)}
        return [value for value in self.chosen if value not in known]

    def _by_unknown(self) -> list[Followers]:
        if not self._is_readable or self.problem:
            return []
        return self._followers(filter_by_scenes([it]) for it in self._unknown)

    def gone(self, stored: Mapping[str, str]) -> Iterator[str]:
        # Whom a scene brought is found without a name.
        if self._is_readable and self._unknown:
            for value, came in zip(self._unknown, self._came(), strict=False):
                if not came:
                    yield _nothing_has(value)

    def value_text(self, value: str) -> str:
        return scene_text(value, self.names)

    def sentence(self) -> str:
        return _("Channel: %(name)s")


class ChannelNameFilter(_OfChannels):
    """Channels by a part of their names."""

    title = gettext_lazy("channel name")
    parameters = ("channel_contains",)
    widget = "beside"

    def condition(self, values: Sequence[str]) -> Q:
        return _contains("name", values)

    def sentence(self) -> str:
        return _("Channel name contains “%(name)s”")


class ChannelGroupFilter(_OfChannels):
    title = gettext_lazy("channel group")
    parameters = (GROUP,)
    widget = "channel"

    def condition(self, values: Sequence[str]) -> Q:
        return Q(group__in=values)

    @cached_property
    def groups(self) -> set[str]:
        """Those of the chosen groups that exist."""
        return {it.group for it in self._channels()}

    def is_valid(self, value: str) -> bool:
        # Where there are too many channels, which `problem` says, not every group was read.
        return value in self.groups or len(self._channels()) > MAX_CHANNELS

    def gone(self, stored: Mapping[str, str]) -> Iterator[str]:
        if self._is_readable:
            yield from (_nothing_has(it) for it in self.chosen if not self.is_valid(it))

    def sentence(self) -> str:
        return _("Channel group: %(name)s")


class ChannelGroupNameFilter(_OfChannels):
    """Channel groups by a part of their names."""

    title = gettext_lazy("channel group name")
    parameters = ("channel_group_contains",)
    widget = "beside"

    def condition(self, values: Sequence[str]) -> Q:
        return _contains("group", values)

    def sentence(self) -> str:
        return _("Channel group contains “%(name)s”")


def _is_storable(value: str) -> bool:
    return "\0" not in value and len(value) <= NAME_LENGTH and not is_unreadable(value)


def _contains(field: str, parts: Iterable[str]) -> Q:
    return reduce(or_, (Q(**{f"{field}__icontains": part}) for part in parts))


def _nothing_has(value: str) -> str:
    text = _("nothing has the channel name, group or QR scene “%(name)s” any more.")
    return text % {"name": shortened(value)}
