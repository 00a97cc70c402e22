"""The follower list's filters on what WeChat says about people: tags, source, channel and so on.

Tags and channels belong to one account: their filters want one to be chosen.
"""

from collections.abc import Mapping
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from followers.channels import came_by
from followers.models import Channel, Follower, FollowerTag, Tag

from .filters import (
    TAG,
    AccountFilter,
    ChoiceFilter,
    DayRangeFilter,
    FirstSeenFilter,
    FollowerFilter,
    LeftFilter,
    StatusFilter,
    chosen_account,
)
from .sources import SOURCES, source

SOURCE = "subscribe_scene__exact"
SCENE = "scene"
GROUP = "channel_group"
BLACKLISTED = "blacklisted__exact"
NO_REMARK = "remark__isempty"
# As long as the columns are.
SOURCE_LENGTH, SCENE_LENGTH = 64, 100
# More suggestions than that help nobody to find one.
SUGGESTED = 300


def blacklist_words(value: str) -> str:
    return {"1": _("Blacklisted"), "0": _("Not blacklisted")}.get(value, value)


def remark_words(value: str) -> str:
    return {"0": _("With remark"), "1": _("Without remark")}.get(value, value)


class TagFilter(FollowerFilter):
    """Who has all of the chosen tags."""

    title = gettext_lazy("tags")
    parameters = (TAG,)
    template = "admin/followers/follower/filter_tags.html"

    def __init__(
        self, request: HttpRequest, params: dict[str, list[str]], model: Any, model_admin: Any
    ) -> None:
        values = [value.strip() for value in params.get(TAG, []) if value.strip()]
        super().__init__(request, params, model, model_admin)
        self.chosen = list(dict.fromkeys(values))
        # However the last of them was written.
        self.given = dict.fromkeys(self.parameters, values[-1]) if values else {}
        self.account = chosen_account(request)
        tags = Tag.objects.filter(account=self.account).order_by("-follower_count", "wechat_id")
        self.tags = list(tags) if self.account else []
        self.names = {str(tag.pk): tag.name for tag in self.tags}
        if self.chosen and self.account is None:
            self.problem = _("Tags belong to an account: choose one account to filter by tag.")
        elif unknown := [value for value in self.chosen if value not in self.names]:
            self.problem = _("This account has no tag “%(value)s”.") % {
                "value": Truncator(unknown[0]).chars(40)
            }

    def has_output(self) -> bool:
        return self.account is None or bool(self.tags or self.chosen)

    def narrowed(self, queryset: QuerySet[Follower]) -> QuerySet[Follower]:
        # A join: SQLite would first collect everybody who has the tag. The list then goes through
        # the index of the rarest tag, newest first, and looks the others up.
        sizes = {str(tag.pk): tag.follower_count for tag in self.tags}
        first, *others = map(int, sorted(self.chosen, key=sizes.__getitem__))
        queryset = queryset.filter(followertag__tag_id=first)
        for tag_id in others:
            having = FollowerTag.objects.filter(tag_id=tag_id, follower_id=OuterRef("pk"))
            queryset = queryset.filter(Exists(having))
        return queryset


class SourceFilter(ChoiceFilter):
    """Scenes that are not documented can be asked for as well: new ones come without notice."""

    title = gettext_lazy("source")
    parameters = (SOURCE,)

    def offered(self, request: HttpRequest) -> list[tuple[str, str]]:
        options = [(value, str(label)) for value, label in SOURCES.items()]
        readable = self.value and "\0" not in self.value and len(self.value) <= SOURCE_LENGTH
        if readable and self.value not in SOURCES:
            options.append((self.value, source(self.value)))
        return options

    def narrowed(self, queryset: QuerySet[Follower]) -> QuerySet[Follower]:
        return queryset.filter(~Q(subscribe_scene=""), subscribe_scene=self.value)


class ChannelFilter(FollowerFilter):
    """A channel by its name, or a QR scene whether it has a name or not."""

    title = gettext_lazy("channel or QR scene")
    parameters = (SCENE,)
    template = "admin/followers/follower/filter_channel.html"

    def __init__(self, request: HttpRequest, *args: Any) -> None:
        super().__init__(request, *args)
        self.value = self.given.get(SCENE, "")
        self.account = chosen_account(request)
        self.channels = list(Channel.objects.filter(account=self.account)[:SUGGESTED])
        if self.value and self.account is None:
            self.problem = _("Channels belong to an account: choose one account to filter by them.")
        elif "\0" in self.value or len(self.value) > SCENE_LENGTH:
            self.problem = _("“%(value)s” is neither a channel nor a QR scene.") % {
                "value": Truncator(self.value.replace("\0", "")).chars(40)
            }

    def has_output(self) -> bool:
        return self.account is not None or bool(self.value)

    @cached_property
    def names(self) -> dict[str, str]:
        """What the chosen scene is called, if it has a name."""
        if not self.value or self.problem:
            return {}
        named = Channel.objects.filter(account=self.account, scene=self.value)
        return dict(named.values_list("scene", "name"))

    def narrowed(self, queryset: QuerySet[Follower]) -> QuerySet[Follower]:
        named = Channel.objects.filter(account=self.account, name=self.value)
        return queryset.filter(came_by({self.value, *named.values_list("scene", flat=True)}))


class ChannelGroupFilter(ChoiceFilter):
    title = gettext_lazy("channel group")
    parameters = (GROUP,)

    def offered(self, request: HttpRequest) -> list[tuple[str, str]]:
        self.account = chosen_account(request)
        groups = Channel.objects.filter(account=self.account).exclude(group="")
        names = groups.order_by("group").values_list("group", flat=True).distinct()
        return [(name, name) for name in names]

    def has_output(self) -> bool:
        return bool(self.options or self.value)

    def narrowed(self, queryset: QuerySet[Follower]) -> QuerySet[Follower]:
        grouped = Channel.objects.filter(account=self.account, group=self.value)
        return queryset.filter(came_by(grouped.values_list("scene", flat=True)))


class FollowedFilter(DayRangeFilter):
    title = gettext_lazy("followed on")
    field = "subscribe_time"
    parameters = ("followed_from", "followed_to")

    def narrowed(self, queryset: QuerySet[Follower]) -> QuerySet[Follower]:
        return super().narrowed(queryset.filter(subscribe_time__isnull=False))


class BlacklistFilter(ChoiceFilter):
    title = gettext_lazy("blacklist")
    parameters = (BLACKLISTED,)

    def offered(self, request: HttpRequest) -> list[tuple[str, str]]:
        return [(value, blacklist_words(value)) for value in "10"]

    def narrowed(self, queryset: QuerySet[Follower]) -> QuerySet[Follower]:
        # Written as the partial index on the blacklisted writes it.
        return queryset.filter(blacklisted=self.value == "1")


class RemarkFilter(ChoiceFilter):
    title = gettext_lazy("remark")
    parameters = (NO_REMARK,)

    def offered(self, request: HttpRequest) -> list[tuple[str, str]]:
        return [(value, remark_words(value)) for value in "01"]

    def narrowed(self, queryset: QuerySet[Follower]) -> QuerySet[Follower]:
        blank: Mapping[str, Q] = {"0": ~Q(remark=""), "1": Q(remark="")}
        return queryset.filter(blank[self.value])


FILTERS = (
    AccountFilter,
    StatusFilter,
    TagFilter,
    SourceFilter,
    ChannelFilter,
    ChannelGroupFilter,
    FollowedFilter,
    FirstSeenFilter,
    LeftFilter,
    BlacklistFilter,
    RemarkFilter,
)
