"""Table cells about a follower."""

from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from followers.formats import format_datetime
from followers.models import Channel, Follower
from followers.rows.profiles import scene_of
from followers.segments.texts import printable_text
from followers.wechat.sources import source_name

from ..shared.labels import id_code, label, time_cell

# The length to which the list cuts notes.
NOTE_CHARS = 60


def abbreviate_id(identifier: str) -> str:
    """A short form of an id, long enough to tell two ids apart."""
    return identifier if len(identifier) <= 14 else f"{identifier[:8]}…{identifier[-5:]}"


def present_at_start(follower: Follower) -> bool:
    """Whether the follower was in the account's first complete list."""
    baseline = follower.account.baseline_at
    return baseline is not None and follower.first_seen_at <= baseline


def copy_button(openid: str) -> SafeString:
    """A button that copies the id (followers.js); hidden without JavaScript."""
    return format_html(
        '<button type="button" class="wx-copy" data-copy="{id}" data-copied="{done}"'
        ' aria-label="{copy}" title="{copy}" hidden>'
        '<span class="material-symbols-outlined" aria-hidden="true">content_copy</span></button>',
        id=openid,
        copy=_("Copy OpenID"),
        done=_("Copied"),
    )


def identity_cell(follower: Follower, *, with_note: bool = True) -> SafeString:
    """Remark and openid, or the openid alone; below it the internal note, if there is one."""
    address = reverse("admin:followers_follower_change", args=[follower.pk])
    openid = id_code(follower.openid)
    copy = copy_button(follower.openid)
    note = note_line(follower) if with_note else ""
    if not follower.remark:
        first = format_html('<a href="{}" class="wx-name">{}</a>{}', address, openid, copy)
        return format_html('<div class="wx-who"><span>{}</span>{}</div>', first, note)
    return format_html(
        '<div class="wx-who"><a href="{}" class="wx-name"><bdi>{}</bdi></a>'
        '<span class="wx-second">{}{}</span>{}</div>',
        address,
        printable_text(follower.remark),
        openid,
        copy,
        note,
    )


def note_line(follower: Follower) -> SafeString | str:
    if not follower.note:
        return ""
    line = '<span class="wx-sub wx-noteline">{}<bdi>{}</bdi></span>'
    return format_html(line, _("Internal note: "), short_note(follower.note))


def short_note(note: str) -> str:
    return Truncator(printable_text(" ".join(note.split()))).chars(NOTE_CHARS)


def source_cell(follower: Follower, channel: Channel | None) -> SafeString | str:
    """The source in words, below it the channel's name and the QR scene, if known."""
    parts = [
        format_html("<bdi>{}</bdi>", source_name(printable_text(follower.subscribe_scene))),
        format_html('<span class="wx-channel">{}</span>', channel_cell(follower, channel)),
    ]
    wanted = [follower.subscribe_scene, scene_of(follower.qr_scene, follower.qr_scene_str)]
    return format_html_join(
        "", "{}", ((part,) for part, is_ in zip(parts, wanted, strict=True) if is_)
    )


def channel_cell(follower: Follower, channel: Channel | None) -> SafeString | str:
    """Name and scene of the channel; the scene alone if it has no name."""
    scene = printable_text(scene_of(follower.qr_scene, follower.qr_scene_str))
    if channel is None:
        return format_html('<bdi class="wx-scene">{}</bdi>', scene) if scene else ""
    return format_html(
        '<bdi>{}</bdi> <bdi class="wx-scene">{}</bdi>', printable_text(channel.name), scene
    )


def status_cell(follower: Follower) -> SafeString:
    """Labels: following or not, and blacklisted."""
    shown = (
        label(_("Following"), "success")
        if follower.subscribed
        else label(_("Unfollowed"), "neutral")
    )
    if follower.blacklisted:
        shown = format_html("{} {}", shown, label(_("Blacklisted"), "danger"))
    return shown


def first_seen_cell(follower: Follower) -> SafeString:
    """When the follower was first seen; of the first complete list, only that it was in it.

    Its time would be the same on most rows, and would look as if they had come then.
    """
    if not present_at_start(follower):
        return time_cell(follower.first_seen_at)
    when = format_datetime(follower.first_seen_at)
    text = '<span class="wx-none wx-nowrap" title="{}">{}</span>'
    return format_html(text, when, _("Present at the start"))
