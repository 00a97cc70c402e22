"""What an undo is about to do, in words."""

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from followers.changes.undo import Undoable

from . import words
from .cells import visible

# More tags than that are not spelled out.
SPELLED = 5


def undo_question(found: Undoable, *, in_changes: bool = False) -> str:
    """What a person confirms before an undo: for how many followers, and which tags go.

    in_changes: a file may ask for several changes of one follower, and these are counted.
    """
    lines = [_question(found.followers, in_changes)] if found.followers else [_("Undo this?")]
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


def _question(number: int, in_changes: bool) -> str:
    if in_changes:
        text = ngettext(
            "Undo %(number)s change? What somebody else has changed since stays as it is.",
            "Undo %(number)s changes? What somebody else has changed since stays as it is.",
            number,
        )
    else:
        text = ngettext(
            "Undo this for %(number)s follower? "
            "Whoever somebody else has changed since stays as they are.",
            "Undo this for %(number)s followers? "
            "Whoever somebody else has changed since stays as they are.",
            number,
        )
    return text % {"number": words.figure(number)}


def _quoted(names: Sequence[str]) -> str:
    spelled = (_("“%(name)s”") % {"name": visible(name)} for name in names[:SPELLED])
    # Chinese puts another mark between names than between sentences.
    text, rest = pgettext("between names", ", ").join(spelled), len(names) - SPELLED
    return _("%(names)s and %(rest)s others") % {"names": text, "rest": rest} if rest > 0 else text
