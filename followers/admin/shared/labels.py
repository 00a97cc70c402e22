"""Labels and texts in cells. Texts from WeChat are untrusted and always escaped."""

from collections.abc import Sequence

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

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


def tag_label(tag: Tag) -> SafeString:
    """A tag's name in a colour that is the same on every page."""
    return format_html(
        '<span class="wx-label wx-tag wx-hue-{}"><bdi>{}</bdi></span>',
        tag.wechat_id % TAG_COLOURS,
        printable_text(tag.name).strip() or f"#{tag.wechat_id}",
    )


def tag_labels(tags: Sequence[Tag], most: int | None = None) -> SafeString | str:
    """The labels of `tags`; of more than `most`, the first ones and the number of others."""
    shown = [tag_label(tag) for tag in tags[:most]]
    if rest := tags[len(shown) :]:
        names = _(", ").join(printable_text(tag.name) for tag in rest)
        shown.append(format_html('<span class="wx-more" title="{}">+{}</span>', names, len(rest)))
    if not shown:
        return ""
    labels = format_html_join(" ", "{}", ((label,) for label in shown))
    return format_html('<span class="wx-tags">{}</span>', labels)


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
