"""What segments name and may be gone: tags, channels and groups, read at once for many segments."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property

from django.db.models import Exists, Q
from django.utils.translation import gettext as _

from ..models import Channel, Follower, OfficialAccount, Tag
from .channels import filter_by_scenes
from .filter import SCENE, TAG, Params, shortened

TAG_PARAMETERS = (TAG, "tags_all", "tags_any", "tags_none")
GROUP = "channel_group"
# The scene of subscriptions is shown with the channel's name, too.
SCENE_PARAMETERS = (SCENE, "origin_scene")


def tag_keys(params: Params) -> list[str]:
    """The primary keys of all tags that the parameters name, as texts."""
    values = (value for name in TAG_PARAMETERS for value in params.get(name, ()))
    return [key.strip() for value in values for key in value.split(",") if key.strip()]


def _values(params: Params, *names: str) -> set[str]:
    return {it.strip() for name in names for it in params.get(name, ()) if it.strip()}


class References:
    """Of segments, each with its account; at most four queries, whatever their number.

    tags_of: the tags of an account, if they are read already.
    """

    def __init__(
        self,
        segments: Sequence[tuple[int, Params]],
        tags_of: Callable[[int], list[Tag]] | None = None,
    ) -> None:
        self._segments, self._tags_of = segments, tags_of

    def names(self, account: int, stored: Mapping[str, str]) -> dict[str, Mapping[str, str]]:
        """For `Scope.names`: of tags that are gone, those that were stored."""
        scenes = {it.scene: it.name for it in self._channels[account]}
        return {TAG: {**stored, **self.tags[account]}, SCENE: scenes}

    def gone(self, account: int, params: Params, stored: Mapping[str, str]) -> list[str]:
        """In words, what is missing, so that nobody can be in the segment.

        stored: names of tags by primary key, as they were when the segment was saved.
        """
        keys = [key for key in tag_keys(params) if key not in self.tags[account]]
        text = _("the tag “%(name)s” has been deleted.")
        tags = [text % {"name": shortened(stored.get(key, key))} for key in keys]
        return [*tags, *self._gone_channels(account, params)]

    def _gone_channels(self, account: int, params: Params) -> Iterable[str]:
        groups = _values(params, GROUP) - {it.group for it in self._channels[account]}
        scenes = _values(params, SCENE) & self._unknown[account]
        text = _("nothing has the channel name, group or QR scene “%(name)s” any more.")
        return [text % {"name": shortened(it)} for it in sorted(groups | scenes)]

    @property
    def _accounts(self) -> set[int]:
        return {account for account, _params in self._segments}

    @cached_property
    def tags(self) -> dict[int, dict[str, str]]:
        """Names by primary key, by account."""
        found: dict[int, dict[str, str]] = defaultdict(dict)
        if not any(tag_keys(params) for _account, params in self._segments):
            return found
        if self._tags_of:
            for account in self._accounts:
                found[account] = {str(tag.pk): tag.name for tag in self._tags_of(account)}
        else:
            rows = Tag.objects.filter(account__in=self._accounts)
            for account, pk, name in rows.values_list("account_id", "pk", "name"):
                found[account][str(pk)] = name
        return found

    @cached_property
    def _channels(self) -> dict[int, list[Channel]]:
        """Those that are named by their name or scene, and one of each named group."""
        found: dict[int, list[Channel]] = defaultdict(list)
        params = [params for _account, params in self._segments]
        scenes = set().union(*(_values(it, *SCENE_PARAMETERS) for it in params))
        groups = set().union(*(_values(it, GROUP) for it in params))
        own = Channel.objects.filter(account__in=self._accounts)
        if scenes:
            for channel in own.filter(Q(scene__in=scenes) | Q(name__in=scenes)):
                found[channel.account_id].append(channel)
        if groups:
            named = own.filter(group__in=groups).order_by().values_list("account_id", "group")
            for account, group in named.distinct():
                found[account].append(Channel(account_id=account, group=group))
        return found

    @cached_property
    def _unknown(self) -> dict[int, set[str]]:
        """Scenes that no channel has, as name or scene, and no follower came by; by account."""
        asked = {
            (account, scene)
            for account, params in self._segments
            for scene in _values(params, SCENE)
            if all(scene not in (it.scene, it.name) for it in self._channels[account])
        }
        found: dict[int, set[str]] = defaultdict(set)
        wanted = sorted(asked)
        if wanted:
            for (account, scene), came in zip(wanted, _came(wanted), strict=True):
                found[account] |= set() if came else {scene}
        return found


def _came(scenes: Sequence[tuple[int, str]]) -> Sequence[bool]:
    """Whether followers of the account came by the scene: one query for all."""
    named = {
        f"came_{number}": Exists(
            Follower.objects.filter(filter_by_scenes([scene]), account_id=account)
        )
        for number, (account, scene) in enumerate(scenes)
    }
    row = OfficialAccount.objects.annotate(**named).values_list(*named).first()
    return row or (False,) * len(named)
