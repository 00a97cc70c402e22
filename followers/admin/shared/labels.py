"""Labels and texts in cells. Texts from WeChat are untrusted and always escaped."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from followers.formats import format_datetime
from followers.models import Tag
from followers.segments.texts import printable_text

# WeChat's ids have 28 characters.
MAX_ID_CHARS = 36
# The number of tag colours in wxadmin.css.
TAG_COLOURS = 8


def shorten_id(identifier: str) -> str:
    """A long id cut in the middle: people compare beginning and end."""
    if len(identifier) <= MAX_ID_CHARS:
        return identifier
    return f"{identifier[:20]}…{identifier[-10:]}"


def id_code(openid: str) -> SafeString:
    """An id in monospace, left to right in any context."""
    return format_html(
        '<code class="wx-id" dir="ltr" title="{}">{}</code>', openid, shorten_id(openid)
    )


def tag_label(tag: Tag, *, last_known: bool = False) -> SafeString:
    """A tag's name in a colour that is the same on every page.

    last_known: of somebody who left, so it is grey.
    """
    name = printable_text(tag.name).strip() or f"#{tag.wechat_id}"
    if last_known:
        return format_html(
            '<span class="wx-label wx-tag wx-neutral" title="{}"><bdi>{}</bdi></span>',
            _("Tag before they left"),
            name,
        )
    hue = tag.wechat_id % TAG_COLOURS
    return format_html('<span class="wx-label wx-tag wx-hue-{}"><bdi>{}</bdi></span>', hue, name)


def tag_labels(
    tags: Sequence[Tag],
    most: int | None = None,
    *,
    last_known: bool = False,
    urls: Mapping[int, str] | None = None,
) -> SafeString | str:
    """The labels of `tags`; of more than `most`, the first ones and the number of others.

    urls: by key, where a label leads to; a tag without one is no link.
    """
    shown = [_linked(tag, tag_label(tag, last_known=last_known), urls or {}) for tag in tags[:most]]
    if rest := tags[len(shown) :]:
        names = _(", ").join(printable_text(tag.name) for tag in rest)
        shown.append(format_html('<span class="wx-more" title="{}">+{}</span>', names, len(rest)))
    if not shown:
        return ""
    labels = format_html_join(" ", "{}", ((label,) for label in shown))
    return format_html('<span class="wx-tags">{}</span>', labels)


def _linked(tag: Tag, shown: SafeString, urls: Mapping[int, str]) -> SafeString:
    if tag.pk not in urls:
        return shown
    title = _("Only followers with the tag “%(name)s”") % {"name": printable_text(tag.name)}
    return format_html('<a href="{}" title="{}">{}</a>', urls[tag.pk], title, shown)


def time_cell(when: datetime | None) -> SafeString:
    """A local date with its time, which narrow pages leave out; a dash for None."""
    day, _space, time = format_datetime(when).partition(" ")
    if not time:
        return format_html('<span class="wx-none">{}</span>', day)
    parts = '<span class="wx-when"><span class="wx-nowrap">{}</span> <span>{}</span></span>'
    return format_html(parts, day, time)


def label(text: str, tone: str) -> SafeString:
    """A small coloured label. (The theme's label uses capitals.)

    tone: success, neutral, danger or info.
    """
    return format_html('<span class="wx-label wx-{}">{}</span>', tone, text)


def isolated_text(text: str) -> SafeString:
    """An untrusted text, isolated from the direction of the text around it."""
    return format_html("<bdi>{}</bdi>", printable_text(text))


def text_with_detail(text: str, detail: str) -> SafeString:
    """A text with a small second one, unless that repeats the first."""
    if not detail or detail == text:
        return isolated_text(text)
    return format_html(
        '{} <bdi class="wx-scene">{}</bdi>', isolated_text(text), printable_text(detail)
    )
