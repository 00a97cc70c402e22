"""What a follower looks like in a cell."""

from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from followers.channels import scene_of
from followers.models import Channel, Follower
from followers.segments.texts import visible
from followers.wechat.sources import source_name

from ..shared.formats import format_datetime
from ..shared.labels import code, label, plain
from .profile_words import language

# Of an internal note the list shows so much.
NOTE = 60


def abridged(identifier: str) -> str:
    """An id where there is little room: enough of it to see that two are not the same."""
    return identifier if len(identifier) <= 14 else f"{identifier[:8]}…{identifier[-5:]}"


def present_at_start(follower: Follower) -> bool:
    """Was this person already in the account's first complete list?"""
    baseline = follower.account.baseline_at
    return baseline is not None and follower.first_seen_at <= baseline


def copy_button(openid: str) -> SafeString:
    """Copies the id (followers.js); hidden where there is no script to do it."""
    return format_html(
        '<button type="button" class="wx-copy" data-copy="{id}" data-copied="{done}"'
        ' aria-label="{copy}" title="{copy}" hidden>'
        '<span class="material-symbols-outlined" aria-hidden="true">content_copy</span></button>',
        id=openid,
        copy=_("Copy OpenID"),
        done=_("Copied"),
    )


def who(follower: Follower) -> SafeString:
    """The lead cell: remark and openid, or the openid alone; language and unionid where known."""
    address = reverse("admin:followers_follower_change", args=[follower.pk])
    openid = code(follower.openid)
    copy = copy_button(follower.openid)
    if not follower.remark:
        first = format_html('<a href="{}" class="wx-name">{}</a>{}', address, openid, copy)
        return format_html('<div class="wx-who"><span>{}</span>{}</div>', first, known(follower))
    return format_html(
        '<div class="wx-who"><a href="{}" class="wx-name"><bdi>{}</bdi></a>'
        "<span>{}{}</span>{}</div>",
        address,
        visible(follower.remark),
        openid,
        copy,
        known(follower),
    )


def known(follower: Follower) -> SafeString | str:
    """What else tells people apart, as far as WeChat has said."""
    parts = []
    if follower.language:
        parts.append(plain(language(visible(follower.language))))
    if follower.unionid:
        short = abridged(follower.unionid)
        text = '<span class="wx-nowrap" dir="ltr" title="{}">UnionID {}</span>'
        parts.append(format_html(text, follower.unionid, short))
    lines = [format_html_join(" · ", "{}", ((it,) for it in parts))] if parts else []
    if follower.note:
        note = Truncator(visible(" ".join(follower.note.split()))).chars(NOTE)
        lines.append(format_html("{}<bdi>{}</bdi>", _("Internal note: "), note))
    return format_html_join("", '<span class="wx-sub">{}</span>', ((line,) for line in lines))


def came_from(follower: Follower, channel: Channel | None) -> SafeString | str:
    """The source in words, below it the channel's name and the QR scene, as far as known."""
    parts = [
        format_html("<bdi>{}</bdi>", source_name(visible(follower.subscribe_scene))),
        format_html('<span class="wx-channel">{}</span>', channel_text(follower, channel)),
    ]
    wanted = [follower.subscribe_scene, scene_of(follower.qr_scene, follower.qr_scene_str)]
    return format_html_join(
        "", "{}", ((part,) for part, is_ in zip(parts, wanted, strict=True) if is_)
    )


def channel_text(follower: Follower, channel: Channel | None) -> SafeString | str:
    """Name and scene of the channel; the scene alone where it has no name."""
    scene = visible(scene_of(follower.qr_scene, follower.qr_scene_str))
    if channel is None:
        return format_html('<bdi class="wx-scene">{}</bdi>', scene) if scene else ""
    return format_html('<bdi>{}</bdi> <bdi class="wx-scene">{}</bdi>', visible(channel.name), scene)


def state(follower: Follower) -> SafeString:
    """Following or not, and blacklisted where that is so."""
    shown = (
        label(_("Following"), "success")
        if follower.subscribed
        else label(_("Unfollowed"), "neutral")
    )
    if follower.blacklisted:
        shown = format_html("{} {}", shown, label(_("Blacklisted"), "danger"))
    return shown


def seen(follower: Follower) -> SafeString:
    """When we first saw the person, and whether that only means that we began to look."""
    when = format_datetime(follower.first_seen_at)
    if not present_at_start(follower):
        return format_html("{}", when)
    return format_html('{}<span class="wx-sub">{}</span>', when, _("Present at the start"))
