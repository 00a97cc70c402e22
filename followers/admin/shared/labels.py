"""What texts and labels look like in a cell. WeChat's texts are never trusted as markup."""

from collections.abc import Sequence

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from followers.models import Tag
from followers.segments.texts import visible

# WeChat's own are 28 characters.
MAX_ID_CHARS = 36
# As many colours as wxadmin.css has for tags.
TAG_COLOURS = 8


def shorten_id(identifier: str) -> str:
    """An id that keeps its beginning and end, which is what people compare."""
    if len(identifier) <= MAX_ID_CHARS:
        return identifier
    return f"{identifier[:20]}…{identifier[-10:]}"


def id_code(openid: str) -> SafeString:
    """An id in letters of one width, read from the left whatever surrounds it."""
    return format_html(
        '<code class="wx-id" dir="ltr" title="{}">{}</code>', openid, shorten_id(openid)
    )


def tag_label(tag: Tag) -> SafeString:
    """A tag as it is written, in a colour that it keeps on every page."""
    return format_html(
        '<span class="wx-label wx-tag wx-hue-{}"><bdi>{}</bdi></span>',
        tag.wechat_id % TAG_COLOURS,
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


def isolated_text(text: str) -> SafeString:
    """A text of somebody else's, with its own reading direction."""
    return format_html("<bdi>{}</bdi>", visible(text))


def text_with_detail(text: str, detail: str) -> SafeString:
    """A text with a small second one, left out where it would only repeat the first."""
    if not detail or detail == text:
        return isolated_text(text)
    return format_html('{} <bdi class="wx-scene">{}</bdi>', isolated_text(text), visible(detail))
