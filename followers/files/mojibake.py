"""Text that was read in a wrong encoding before it came here."""

import re

from .encodings import PRIVATE, usual_characters

# A mark for bytes that could not be read; and what two of them become when UTF-8 is read as GBK.
_LOST = ("\ufffd", "锟斤")
_FIRST_CHINESE = "\u4e00"
_FIRST_PICTURE = "\U0001f000"
_CONTROL = re.compile("[\x80-\x9f]")


def is_mojibake(text: str) -> bool:
    """Whether this can be nothing else. Names of rare characters are none."""
    # Nearly all texts are done with here.
    if text.isascii() or usual_characters().issuperset(text):
        return False
    if any(mark in text for mark in _LOST) or PRIVATE.search(text) or _CONTROL.search(text):
        return True
    if _was_gbk(text):
        return True
    return any(_was_utf_8(text, code) for code in ("cp1252", "latin-1", "gb18030"))


def _was_gbk(text: str) -> bool:
    """Whether GBK read as Latin-1 gives the text: its accents come in pairs that are all usual.

    One pair may be a word of another language.
    """
    try:
        meant = text.encode("latin-1").decode("gb2312")
    except UnicodeError:
        return False
    letters = sum(not it.isascii() and it.isalpha() for it in text)
    signs = sum(it >= _FIRST_CHINESE for it in meant)
    return letters > 1 < signs and usual_characters().issuperset(meant)


def _was_utf_8(text: str, encoding: str) -> bool:
    """Whether UTF-8 read in this encoding gives the text, and itself makes better sense."""
    try:
        meant = text.encode(encoding).decode("utf-8")
    except UnicodeError:
        return False
    usual = usual_characters()
    signs = [it for it in meant if not it.isascii() and it < _FIRST_PICTURE]
    if not signs or not all(character in usual for character in signs):
        return False
    return not usual.issuperset(text)
