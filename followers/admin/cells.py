"""How followers look in a cell. Texts come from WeChat and are never trusted as markup."""

from collections.abc import Sequence
from datetime import datetime

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from followers.channels import scene_of
from followers.models import Channel, Follower, Tag
from followers.segments.texts import visible
from followers.wechat.sources import source

from .sources import language

# WeChat's own are 28 characters.
LONG = 36
# Of an internal note the list shows so much.
NOTE = 60
# As many colours as wxadmin.css has for tags.
HUES = 8


def moment(when: datetime | None) -> str:
    """A local date with its time; a dash for None."""
    return date_format(timezone.localtime(when), "Y-m-d H:i") if when else "–"


def shortened(identifier: str) -> str:
    """An id that keeps its beginning and end, which is what people compare."""
    if len(identifier) <= LONG:
        return identifier
    return f"{identifier[:20]}…{identifier[-10:]}"


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


def code(openid: str) -> SafeString:
    """An id in letters of one width, read from the left whatever surrounds it."""
    return format_html(
        '<code class="wx-id" dir="ltr" title="{}">{}</code>', openid, shortened(openid)
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
        format_html("<bdi>{}</bdi>", source(visible(follower.subscribe_scene))),
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


def tag_label(tag: Tag) -> SafeString:
    """A tag as it is written, in a colour that it keeps on every page."""
    return format_html(
        '<span class="wx-label wx-tag wx-hue-{}"><bdi>{}</bdi></span>',
        tag.wechat_id % HUES,
        visible(tag.name).strip() or f"#{tag.wechat_id}",
    )


def tag_labels(tags: Sequence[Tag], most: int | None = None) -> SafeString | str:
    """The labels of `tags`, of more than `most` the first ones and how many there are besides."""
    shown = [tag_label(tag) for tag in tags[:most]]
    if rest := tags[len(shown) :]:
        names = _(", ").join(visible(tag.name) for tag in rest)
        shown.append(format_html('<span class="wx-more" title="{}">+{}</span>', names, len(rest)))
    if not shown:
        return ""
    labels = format_html_join(" ", "{}", ((label,) for label in shown))
    return format_html('<span class="wx-tags">{}</span>', labels)


def label(text: str, tone: str) -> SafeString:
    """A small coloured label; the theme's own writes everything in capitals.

    tone: success, neutral, danger or info.
    """
    return format_html('<span class="wx-label wx-{}">{}</span>', tone, text)


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
    when = moment(follower.first_seen_at)
    if not present_at_start(follower):
        return format_html("{}", when)
    return format_html('{}<span class="wx-sub">{}</span>', when, _("Present at the start"))


def plain(text: str) -> SafeString:
    """A text of somebody else's, with its own reading direction."""
    return format_html("<bdi>{}</bdi>", visible(text))


def explained(text: str, detail: str) -> SafeString:
    """A text with a small second one, left out where it would only repeat the first."""
    if not detail or detail == text:
        return plain(text)
    return format_html('{} <bdi class="wx-scene">{}</bdi>', plain(text), visible(detail))
