"""Why a line is left out: one sentence for each reason, in the active language."""

from django.utils.translation import gettext as _

from ..changes.follower_kinds import NOTE_LENGTH
from ..changes.reasons import skip_reason_text
from ..files.cells import UNCALCULATED, flaw
from ..wechat.limits import MAX_REMARK_BYTES, MAX_TAG_NAME_BYTES, TOO_LONG, text_problem


class BadLineError(ValueError):
    """Why a line is left out, in the active language."""


def sentence(reason: str) -> str:
    return _("Cannot be changed: %(reason)s.") % {"reason": skip_reason_text(reason)}


def check_calculated(columns: tuple[str, ...]) -> None:
    if columns:
        raise BadLineError(_(UNCALCULATED) % {"name": ", ".join(columns)})


def check_sound(*texts: str | None) -> None:
    """None of them is what a spreadsheet broke."""
    for text in texts:
        if text and (reason := flaw(text)):
            raise BadLineError(reason)


def check_remark(remark: str | None) -> None:
    if not remark or not (found := text_problem(remark, MAX_REMARK_BYTES)):
        return
    if found == TOO_LONG:
        text = _("The remark has %(size)s bytes; WeChat allows 30, which is 10 Chinese characters.")
        raise BadLineError(text % {"size": len(remark.encode())})
    raise BadLineError(_("A remark must not have line breaks or tabs."))


def check_note(note: str | None) -> None:
    if note is not None and len(note) > NOTE_LENGTH:
        raise BadLineError(
            _("A note has at most %(most)s characters.") % {"most": f"{NOTE_LENGTH:,}"}
        )


def check_name(name: str) -> None:
    """A name that a tag is to be created with."""
    if not (found := text_problem(name, MAX_TAG_NAME_BYTES)):
        return
    if found == TOO_LONG:
        text = _("The tag name “%(name)s” has %(size)s bytes; WeChat allows 30.")
        raise BadLineError(text % {"name": name, "size": len(name.encode())})
    raise BadLineError(_("A tag name must not have line breaks or tabs."))
