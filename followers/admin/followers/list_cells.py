"""Cells that only the follower list has."""

from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from followers.models import Follower
from followers.segments.texts import printable_text

from ..shared.labels import id_code, isolated_text, tag_labels, time_cell
from .cells import channel_cell, short_note, source_cell
from .profile_words import language, yes_no

# More than these make a row higher than its neighbours.
MAX_TAGS = 2


def account_cell(follower: Follower) -> SafeString:
    name = printable_text(follower.account.name)
    return format_html('<bdi class="wx-clamp" title="{}">{}</bdi>', name, name)


def tags_cell(follower: Any) -> SafeString | str:
    """Each leads to the list that is filtered by it, too; those of people who left are grey."""
    return tag_labels(
        follower.shown_tags,
        MAX_TAGS,
        last_known=not follower.subscribed,
        urls=follower.tag_urls,
    )


def list_source_cell(follower: Any) -> SafeString | str:
    return source_cell(follower, follower.shown_channel)


def followed_cell(follower: Follower) -> SafeString:
    if follower.subscribe_time is None:
        return format_html(
            '<span class="wx-none" title="{}">–</span>',
            _("WeChat has not said yet; in the order of the list, when they were first seen"),
        )
    return time_cell(follower.subscribe_time)


def left_cell(follower: Follower) -> SafeString:
    return time_cell(follower.unsubscribed_at)


def remark_cell(follower: Follower) -> SafeString:
    return isolated_text(follower.remark)


def note_cell(follower: Follower) -> SafeString:
    return isolated_text(short_note(follower.note))


def unionid_cell(follower: Follower) -> SafeString | str:
    return id_code(follower.unionid) if follower.unionid else ""


def language_cell(follower: Follower) -> SafeString:
    return isolated_text(language(printable_text(follower.language)))


def details_cell(follower: Follower) -> SafeString:
    return time_cell(follower.details_synced_at)


def blacklisted_cell(follower: Follower) -> str:
    return yes_no(follower.blacklisted)


def scene_cell(follower: Follower) -> SafeString | str:
    return channel_cell(follower, None)
