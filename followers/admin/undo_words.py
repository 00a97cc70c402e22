"""What an undo is about to do, in words."""

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from followers.edits.undo import Undoable

from . import words
from .cells import visible

# More tags than that are not spelled out.
SPELLED = 5


def undo_question(found: Undoable) -> str:
    """What a person confirms before an undo: for how many followers, and which tags go."""
    lines = [_("Undo this?")]
    if found.followers:
        text = ngettext(
            "Undo this for %(number)s follower? "
            "Whoever somebody else has changed since stays as they are.",
            "Undo this for %(number)s followers? "
            "Whoever somebody else has changed since stays as they are.",
            found.followers,
        )
        lines = [text % {"number": words.figure(found.followers)}]
    if found.deleted:
        text = ngettext(
            "The tag %(names)s is deleted in WeChat, unless followers still have it then.",
            "The tags %(names)s are deleted in WeChat, but for those that followers still have "
            "then.",
            len(found.deleted),
        )
        lines.append(text % {"names": _quoted(found.deleted)})
    if found.kept:
        text = ngettext(
            "The tag %(names)s stays, because others use it.",
            "The tags %(names)s stay, because others use them.",
            len(found.kept),
        )
        lines.append(text % {"names": _quoted(found.kept)})
    return " ".join(lines)


def _quoted(names: Sequence[str]) -> str:
    text = _(", ").join(_("“%(name)s”") % {"name": visible(name)} for name in names[:SPELLED])
    rest = len(names) - SPELLED
    return _("%(first)s and %(rest)s more") % {"first": text, "rest": rest} if rest > 0 else text
