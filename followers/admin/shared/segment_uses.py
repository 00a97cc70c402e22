"""Which segments name a tag, a channel or a segment: said before that is deleted."""

from collections.abc import Callable

from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from followers.accounts.access import has_perm
from followers.models import Channel, Segment, Tag
from followers.segments.filter import Params
from followers.segments.references import GROUP, SCENE_PARAMETERS, tag_keys
from followers.segments.saved import chosen_segments, parse_query
from followers.segments.texts import printable_text

from .segments import shelf_of

SHOWN = 5


def warn_of_tag(request: HttpRequest, tag: Tag) -> str:
    """A sentence with the segments that show nobody without the tag; "" if there are none."""
    return _will_show_nobody(request, tag.account_id, lambda it: str(tag.pk) in tag_keys(it))


def warn_of_segment(request: HttpRequest, segment: Segment) -> str:
    """Likewise for a segment that others name."""
    key = str(segment.pk)
    return _will_show_nobody(request, segment.account_id, lambda it: key in chosen_segments(it))


def warn_of_channel(request: HttpRequest, channel: Channel) -> str:
    """Likewise for a channel, whose name and group others may have, too."""

    def names(params: Params) -> bool:
        scenes = {it.strip() for name in SCENE_PARAMETERS for it in params.get(name, ())}
        groups = {it.strip() for it in params.get(GROUP, ())}
        return bool(scenes & {channel.scene, channel.name} or groups & {channel.group or None})

    if found := _names_of(request, channel.account_id, names):
        text = _(
            "Segments that use “%(scene)s”: %(names)s. They may show nobody when it is deleted."
        )
        return text % {"scene": printable_text(channel.scene), "names": found}
    return ""


def _will_show_nobody(request: HttpRequest, account: int, uses: Callable[[Params], bool]) -> str:
    if found := _names_of(request, account, uses):
        text = _("Segments that use it show nobody once it is deleted: %(names)s.")
        return text % {"names": found}
    return ""


def _names_of(request: HttpRequest, account: int, uses: Callable[[Params], bool]) -> str:
    """Their names; of those that the user may not see, the number."""
    naming = [
        it
        for it in Segment.objects.filter(account=account).exclude(query="").order_by("name", "pk")
        if uses(parse_query(it.query))
    ]
    # Whoever may see followers may see segments.
    sees = has_perm(request.user, "view_follower", account)
    keys = [str(it.pk) for it in naming if sees]
    seen = shelf_of(request).found(keys, {account: ""})
    named = [_("“%(name)s”") % {"name": printable_text(it.name)} for it in seen.values()]
    shown, hidden = named[:SHOWN], len(naming) - min(len(named), SHOWN)
    if shown and hidden:
        shown.append(ngettext("%(count)s more", "%(count)s more", hidden) % {"count": hidden})
    elif hidden:
        text = ngettext("%(count)s of a colleague", "%(count)s of colleagues", hidden)
        shown = [text % {"count": hidden}]
    return pgettext("between names", ", ").join(shown)
