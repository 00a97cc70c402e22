"""Which segments name a tag, channels or a segment: said when these are deleted or renamed."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from followers.accounts.access import has_perm
from followers.models import Channel, Follower, Segment, Tag
from followers.rows.unions import count_each
from followers.segments.channels import filter_by_scenes
from followers.segments.filter import GROUP, SCENE, Params
from followers.segments.saved import chosen_segments, parse_query
from followers.segments.tags import tag_keys
from followers.segments.texts import printable_text

from .segments import shelf_of

SHOWN = 5
Uses = Callable[[Params], bool]


def warn_of_tag(request: HttpRequest, tag: Tag) -> str:
    """A sentence with the segments that show nobody without the tag; "" if there are none."""
    key = str(tag.pk)
    rows = _segments_of(tag.account_id)
    return _will_show_nobody(request, _with_outer(rows, lambda it: key in tag_keys(it)))


def warn_of_segment(request: HttpRequest, segment: Segment) -> str:
    """Likewise for a segment that others name."""
    key = str(segment.pk)
    rows = _segments_of(segment.account_id)
    naming = _with_outer(rows, lambda it: key in chosen_segments(it))
    return _will_show_nobody(request, [it for it in naming if it != segment])


def warn_of_channels(request: HttpRequest, channels: Iterable[Channel]) -> list[str]:
    """For channels that are deleted together: at most two sentences for each account.

    Whom a scene brought is found without a name. Without the last channel of a name or group, the
    segments with these show nobody; otherwise whoever came by its scene is missing.
    """
    deleted = _by_account(channels)
    return [text for key, them in deleted.items() for text in _warn_of_channels(request, key, them)]


def warn_of_old_names(request: HttpRequest, before: Iterable[Channel]) -> list[str]:
    """For channels as they were before they got other names or groups: a sentence an account."""
    found = []
    for account, channels in _by_account(before).items():
        rows = _segments_of(account)
        broken = _with_outer(rows, _of_last(account, channels, rows, gone=()))
        if broken:
            text = _(
                "No channel has the old name or group any more, so these segments show nobody "
                "now: %(names)s. Edit their conditions and choose the new one."
            )
            found.append(text % {"names": _names_of(request, broken)})
    return found


def _by_account(channels: Iterable[Channel]) -> dict[int, list[Channel]]:
    found: dict[int, list[Channel]] = {}
    for channel in channels:
        found.setdefault(channel.account_id, []).append(channel)
    return found


def _warn_of_channels(
    request: HttpRequest, account: int, channels: Sequence[Channel]
) -> Iterator[str]:
    rows = _segments_of(account)
    gone = {it.pk for it in channels}
    broken = _with_outer(rows, _of_last(account, channels, rows, gone))
    smaller = [it for it in _with_outer(rows, _of_any(channels)) if it not in broken]
    if broken:
        text = _("Once deleted, these segments show nobody: %(names)s.")
        yield text % {"names": _names_of(request, broken)}
    if smaller:
        text = _("Once deleted, these segments may have fewer people: %(names)s.")
        yield text % {"names": _names_of(request, smaller)}


def _of_last(
    account: int,
    channels: Sequence[Channel],
    segments: Iterable[Segment],
    gone: Collection[int],
) -> Uses:
    """Whether a query has a name or group of these that no channel has but those that are gone.

    segments: those whose queries are asked about.
    """
    names, groups = _names_and_groups(channels)
    others = Channel.objects.filter(account=account).values_list("pk", "scene", "name", "group")
    for pk, scene, name, group in others:
        if pk not in gone:
            names -= {scene, name}
            groups.discard(group)
    # Thousands of channels may be deleted at once, of which segments name a few.
    names &= set().union(*(_values(parse_query(it.query), SCENE) for it in segments))
    names -= _that_brought(account, names)
    return lambda it: bool(_values(it, SCENE) & names or _values(it, GROUP) & groups)


def _that_brought(account: int, scenes: Iterable[str]) -> set[str]:
    """Those by which anybody came, whom they find without a name."""
    asked = list(scenes)
    own = Follower.objects.filter(account=account).order_by().values("pk")
    came = count_each([own.filter(filter_by_scenes([it]))[:1] for it in asked])
    return {scene for scene, number in zip(asked, came, strict=True) if number}


def _of_any(channels: Sequence[Channel]) -> Uses:
    """Whether a query has a name or group of these, or a part of one."""
    names, groups = _names_and_groups(channels)
    texts = (
        ("channel_contains", {it.name.lower() for it in channels}),
        ("channel_group_contains", {it.group.lower() for it in channels}),
    )

    def uses(params: Params) -> bool:
        return bool(_values(params, SCENE) & names or _values(params, GROUP) & groups) or any(
            part.lower() in text
            for parameter, them in texts
            for part in _values(params, parameter)
            for text in them
        )

    return uses


def _names_and_groups(channels: Sequence[Channel]) -> tuple[set[str], set[str]]:
    # What is a scene as well finds whom that brought, with or without a name.
    names = {it.name for it in channels} - {it.scene for it in channels}
    return names - {""}, {it.group for it in channels} - {""}


def _values(params: Params, name: str) -> set[str]:
    return {it.strip() for it in params.get(name, ()) if it.strip()}


def _segments_of(account: int) -> list[Segment]:
    """Those with a condition."""
    return list(Segment.objects.filter(account=account).exclude(query="").order_by("name", "pk"))


def _with_outer(segments: Sequence[Segment], uses: Uses) -> list[Segment]:
    """Those whose query is meant, and those that name these, or name what names them."""
    queries: Mapping[str, Params] = {str(it.pk): parse_query(it.query) for it in segments}
    found = {key for key, params in queries.items() if uses(params)}
    inner = {key: set(chosen_segments(params)) for key, params in queries.items()}
    while outer := {key for key, keys in inner.items() if keys & found} - found:
        found |= outer
    return [it for it in segments if str(it.pk) in found]


def _will_show_nobody(request: HttpRequest, segments: Sequence[Segment]) -> str:
    if not segments:
        return ""
    text = _("Segments that use it show nobody once it is deleted: %(names)s.")
    return text % {"names": _names_of(request, segments)}


def _names_of(request: HttpRequest, segments: Sequence[Segment]) -> str:
    """Names of segments of an account; of those that the user may not see, the number."""
    account = segments[0].account_id
    # Whoever may see followers may see segments.
    sees = has_perm(request.user, "view_follower", account)
    keys = [str(it.pk) for it in segments if sees]
    seen = shelf_of(request).found(keys, {account: ""})
    named = [_("“%(name)s”") % {"name": printable_text(it.name)} for it in seen.values()]
    shown, hidden = named[:SHOWN], len(segments) - min(len(named), SHOWN)
    if shown and hidden:
        shown.append(ngettext("%(count)s more", "%(count)s more", hidden) % {"count": hidden})
    elif hidden:
        text = ngettext("%(count)s of a colleague", "%(count)s of colleagues", hidden)
        shown = [text % {"count": hidden}]
    return pgettext("between names", ", ").join(shown)
