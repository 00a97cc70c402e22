"""Filters by the QR code that a follower scanned."""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property

from django.db.models import Q
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..models import Channel
from .filter import SCENE, ChoiceFilter, Condition, Filter, Followers, Scope, shortened

# The length of the column.
SCENE_LENGTH = 100
# More suggestions would not help to find one.
MAX_SUGGESTIONS = 300
_NUMBER = re.compile(r"0|[1-9][0-9]{0,17}")


def numeric_scenes(scenes: Iterable[str]) -> list[int]:
    """The scenes that are numbers, as integers."""
    return [int(scene) for scene in scenes if _NUMBER.fullmatch(scene)]


def filter_by_scenes(scenes: Iterable[str]) -> Q:
    """Followers with one of these scenes, in the form of the partial indexes' conditions."""
    texts = list(scenes)
    numbers = numeric_scenes(texts)
    written = ~Q(qr_scene_str="") & Q(qr_scene_str__in=texts)
    return Q(qr_scene__isnull=False, qr_scene__in=numbers) | written if numbers else written


def scene_text(scene: str, scope: Scope) -> str:
    """The scene with the name of its channel, if it has one."""
    names = scope.names.get(SCENE)
    if names is None:
        named = Channel.objects.filter(account=scope.account, scene=scene)
        names = dict(named.values_list("scene", "name")) if scope.account else {}
    name = names.get(scene, "")
    return shortened(f"{name} ({scene})" if name else scene)


class ChannelFilter(Filter):
    """A channel by its name, or a QR scene with or without a name."""

    title = gettext_lazy("channel or QR scene")
    parameters = (SCENE,)
    widget = "channel"

    @property
    def value(self) -> str:
        return self.given.get(SCENE, "")

    @cached_property
    def channels(self) -> list[Channel]:
        return list(Channel.objects.filter(account=self.scope.account)[:MAX_SUGGESTIONS])

    @cached_property
    def problem(self) -> str:
        if self.value and self.scope.account is None:
            return _("Channels belong to an account: choose one account to filter by them.")
        if "\0" in self.value or len(self.value) > SCENE_LENGTH:
            return _("“%(value)s” is neither a channel nor a QR scene.") % {
                "value": Truncator(self.value.replace("\0", "")).chars(40)
            }
        return ""

    @property
    def is_offered(self) -> bool:
        return self.scope.account is not None or bool(self.value)

    def narrow(self, followers: Followers) -> Followers:
        if not self.value:
            return followers
        named = Channel.objects.filter(account=self.scope.account, name=self.value)
        return followers.filter(
            filter_by_scenes({self.value, *named.values_list("scene", flat=True)})
        )

    def conditions(self) -> Iterator[Condition]:
        if not self.value:
            return
        text = shortened(self.value) if self.problem else scene_text(self.value, self.scope)
        yield Condition(_("Channel: %(name)s") % {"name": text}, self.parameters)


class ChannelGroupFilter(ChoiceFilter):
    title = gettext_lazy("channel group")
    parameters = ("channel_group",)

    @cached_property
    def options(self) -> Mapping[str, str]:
        groups = Channel.objects.filter(account=self.scope.account).exclude(group="")
        names = groups.order_by("group").values_list("group", flat=True).distinct()
        return {name: name for name in names}

    @property
    def is_offered(self) -> bool:
        return bool(self.options or self.value)

    def narrow_to_value(self, followers: Followers) -> Followers:
        grouped = Channel.objects.filter(account=self.scope.account, group=self.value)
        return followers.filter(filter_by_scenes(grouped.values_list("scene", flat=True)))

    def value_text(self) -> str:
        return _("Channel group: %(name)s") % {"name": shortened(self.value)}
