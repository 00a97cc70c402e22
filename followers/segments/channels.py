"""Who came by which QR code."""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property

from django.db.models import Q
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..models import Channel
from .filter import SCENE, ChoiceFilter, Condition, Filter, Followers, shortened

# As long as the column is.
SCENE_LENGTH = 100
# More suggestions than that help nobody to find one.
SUGGESTED = 300
_NUMBER = re.compile(r"0|[1-9][0-9]{0,17}")


def scene_numbers(scenes: Iterable[str]) -> list[int]:
    """Those of these scenes that may be numbers."""
    return [int(scene) for scene in scenes if _NUMBER.fullmatch(scene)]


def came_by(scenes: Iterable[str]) -> Q:
    """Followers who came by one of these scenes, in the words of the partial indexes."""
    texts = list(scenes)
    numbers = scene_numbers(texts)
    written = ~Q(qr_scene_str="") & Q(qr_scene_str__in=texts)
    return Q(qr_scene__isnull=False, qr_scene__in=numbers) | written if numbers else written


class ChannelFilter(Filter):
    """A channel by its name, or a QR scene whether it has a name or not."""

    title = gettext_lazy("channel or QR scene")
    parameters = (SCENE,)
    widget = "channel"

    @property
    def value(self) -> str:
        return self.given.get(SCENE, "")

    @cached_property
    def channels(self) -> list[Channel]:
        return list(Channel.objects.filter(account=self.scope.account)[:SUGGESTED])

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
        return followers.filter(came_by({self.value, *named.values_list("scene", flat=True)}))

    def conditions(self) -> Iterator[Condition]:
        if not self.value:
            return
        name = self._names().get(self.value, "")
        text = f"{name} ({self.value})" if name else self.value
        yield Condition(_("Channel: %(name)s") % {"name": shortened(text)}, self.parameters)

    def _names(self) -> Mapping[str, str]:
        known = self.scope.names.get(SCENE)
        if known is not None or self.problem or self.scope.account is None:
            return known or {}
        named = Channel.objects.filter(account=self.scope.account, scene=self.value)
        return dict(named.values_list("scene", "name"))


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

    def chosen(self, followers: Followers) -> Followers:
        grouped = Channel.objects.filter(account=self.scope.account, group=self.value)
        return followers.filter(came_by(grouped.values_list("scene", flat=True)))

    def words(self) -> str:
        return _("Channel group: %(name)s") % {"name": shortened(self.value)}
