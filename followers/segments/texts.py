"""Untrusted texts for display."""

import re

_UNSEEN = re.compile("[\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069]")


def printable_text(text: str) -> str:
    """The text without control, invisible and bidirectional formatting characters."""
    return _UNSEEN.sub("", text)


def is_unreadable(text: str) -> bool:
    """Whether it holds surrogate escapes: bytes that the terminal's encoding could not decode."""
    return any("\ud800" <= character <= "\udfff" for character in text)
