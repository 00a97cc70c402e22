"""Texts from outside, as they may be shown."""

import re

_UNSEEN = re.compile("[\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069]")


def visible(text: str) -> str:
    """`text` without control characters and marks that make it read as something else."""
    return _UNSEEN.sub("", text)
