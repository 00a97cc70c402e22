"""How followers look in a cell. Texts come from WeChat and are never trusted as markup."""

import re
from datetime import datetime

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from followers.models import Follower

_UNSEEN = re.compile("[\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069]")
# WeChat's own are 28 characters.
LONG = 36


def moment(when: datetime | None) -> str:
    """A local date with its time; a dash for None."""
    return date_format(timezone.localtime(when), "Y-m-d H:i") if when else "–"


def visible(text: str) -> str:
    """`text` without control characters and marks that make it read as something else."""
    return _UNSEEN.sub("", text)


def shortened(identifier: str) -> str:
    """An id that keeps its beginning and end, which is what people compare."""
    if len(identifier) <= LONG:
        return identifier
    return f"{identifier[:20]}…{identifier[-10:]}"


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
    """The lead cell: remark and openid, or the openid alone; source and date where known."""
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
    """When and from where the person followed, as far as WeChat has told."""
    parts = []
    if follower.subscribe_time:
        parts.append(_("followed %(when)s") % {"when": moment(follower.subscribe_time)})
    if follower.subscribe_scene:
        parts.append(follower.subscribe_scene)
    return format_html('<span class="wx-sub">{}</span>', " · ".join(parts)) if parts else ""


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
