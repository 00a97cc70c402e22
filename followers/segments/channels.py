"""Filters by the QR code that a follower scanned: by scene, channel or channel group."""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property, reduce
from operator import or_
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..models import Channel, Follower
from ..rows.dialect import count_each
from .filter import (
    MAX_ARMS,
    SCENE,
    Filter,
    Followers,
    Matching,
    Scope,
    SeveralFilter,
    shortened,
)

# The length of the columns with names; scenes are shorter.
NAME_LENGTH = 100
# SQLite takes no more values of a statement than some 32,000.
MAX_CHANNELS = 10_000
_NUMBER = re.compile(r"0|[1-9][0-9]{0,17}")


def numeric_scenes(scenes: Iterable[str]) -> list[int]:
    """The scenes that are numbers, as integers."""
    return [int(scene) for scene in scenes if _NUMBER.fullmatch(scene)]


def filter_by_scenes(scenes: Iterable[str]) -> Q:
    """Followers with one of these scenes, in the form of the partial indexes' conditions."""
    known = list(scenes)
    return _by_number(known) | _by_text(known) if numeric_scenes(known) else _by_text(known)


def _by_number(scenes: Iterable[str]) -> Q:
    return Q(qr_scene__isnull=False, qr_scene__in=numeric_scenes(scenes))


def _by_text(scenes: Iterable[str]) -> Q:
    return ~Q(qr_scene_str="") & Q(qr_scene_str__in=list(scenes))


def scene_names(scenes: Iterable[str], scope: Scope) -> Mapping[str, str]:
    """Names of the channels of these scenes by scene; in the query's account only."""
    if (names := scope.names.get(SCENE)) is not None:
        return names
    named = Channel.objects.filter(account=scope.account, scene__in=list(scenes))
    return dict(named.values_list("scene", "name")) if scope.account else {}


def scene_text(scene: str, names: Mapping[str, str]) -> str:
    """The scene with the name of its channel, if it has one."""
    name = names.get(scene, "")
    return shortened(f"{name} ({scene})" if name else scene)


class _OfChannels(SeveralFilter):
    """Followers who came through some of the account's channels."""

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

    @cached_property
    def channels(self) -> QuerySet[Channel]:
        return Channel.objects.filter(account=self.scope.account)

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

    @cached_property
    def _scanned(self) -> tuple[list[str], list[str]]:
        """The scenes by which anybody came, as a number and as a text.

        A list that is put together of several is read to its end for one that has nobody.
        """
        numbers = [it for it in self.scenes if _NUMBER.fullmatch(it)]
        if len(self.scenes) + len(numbers) < 2:
            return numbers, self.scenes
        rows = Follower.objects.filter(account=self.scope.account).order_by().values("pk")
        # Of many, all at once.
        single = len(self.scenes) <= MAX_ARMS
        asked = [[[it] for it in them] if single else [them] for them in (numbers, self.scenes)]
        conditions = [*map(_by_number, asked[0]), *map(_by_text, asked[1])]
        found = iter(count_each([rows.filter(it)[:1] for it in conditions]))
        with_anybody = [[it for some in pieces if next(found) for it in some] for pieces in asked]
        return with_anybody[0], with_anybody[1]

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
        return "\0" not in value and len(value) <= NAME_LENGTH

    def narrow_to_values(self, followers: Followers) -> Followers:
        return followers.filter(reduce(or_, self._conditions))

    @cached_property
    def scenes(self) -> list[str]:
        """The scenes of the channels that are meant, at most one more than can be asked for."""
        meant = self.channels.filter(self.condition()).order_by()
        return list(meant.values_list("scene", flat=True)[: MAX_CHANNELS + 1])

    def condition(self) -> Q:
        """The channels that are meant."""
        raise NotImplementedError


class ChannelFilter(_OfChannels):
    """Channels by their names, or QR scenes with or without a name."""

    title = gettext_lazy("channel or QR scene")
    parameters = (SCENE,)
    widget = "channel"

    @cached_property
    def names(self) -> Mapping[str, str]:
        """Names of those channels whose scenes are chosen, by scene."""
        kept = self.scope.names.get(SCENE)
        return dict(self._known) if kept is None else kept

    @cached_property
    def _known(self) -> list[tuple[str, str]]:
        """Scene and name of the channels that are named, and of those whose scenes are."""
        valid = list(filter(self.is_valid, self.chosen))
        meant = Q(name__in=valid) | Q(scene__in=valid)
        rows = self.channels.filter(meant).order_by().values_list("scene", "name")
        return list(rows[: MAX_CHANNELS + 1]) if self.chosen and self.scope.account else []

    @cached_property
    def scenes(self) -> list[str]:
        named = {scene for scene, name in self._known if name in self.chosen}
        return list({*named, *self.chosen})

    def value_text(self, value: str) -> str:
        return scene_text(value, self.names)

    def sentence(self) -> str:
        return _("Channel: %(name)s")


class ChannelNameFilter(_OfChannels):
    """Channels by a part of their names."""

    title = gettext_lazy("channel name")
    parameters = ("channel_contains",)
    widget = "beside"

    def condition(self) -> Q:
        return _contains("name", self.chosen)

    def sentence(self) -> str:
        return _("Channel name contains “%(name)s”")


class ChannelGroupFilter(_OfChannels):
    title = gettext_lazy("channel group")
    parameters = ("channel_group",)
    widget = "channel"

    @cached_property
    def _meant(self) -> list[tuple[str, str]]:
        """Scene and group of the channels of the chosen groups, at most one more than allowed."""
        valid = [value for value in self.chosen if super(ChannelGroupFilter, self).is_valid(value)]
        rows = self.channels.filter(group__in=valid).order_by().values_list("scene", "group")
        return list(rows[: MAX_CHANNELS + 1])

    @cached_property
    def groups(self) -> set[str]:
        """Those of the chosen groups that exist."""
        return {group for _scene, group in self._meant}

    @cached_property
    def scenes(self) -> list[str]:
        return [scene for scene, _group in self._meant]

    def is_valid(self, value: str) -> bool:
        # Where there are too many channels, which `problem` says, not every group was read.
        return value in self.groups or len(self._meant) > MAX_CHANNELS

    def sentence(self) -> str:
        return _("Channel group: %(name)s")


class ChannelGroupNameFilter(_OfChannels):
    """Channel groups by a part of their names."""

    title = gettext_lazy("channel group name")
    parameters = ("channel_group_contains",)
    widget = "beside"

    def condition(self) -> Q:
        return _contains("group", self.chosen)

    def sentence(self) -> str:
        return _("Channel group contains “%(name)s”")


def _contains(field: str, parts: Iterable[str]) -> Q:
    return reduce(or_, (Q(**{f"{field}__icontains": part}) for part in parts))
