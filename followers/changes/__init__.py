"""Outgoing changes: what would happen, what was meant, sending it, and taking it back."""

# The kinds register themselves.
from . import follower_kinds, tag_kinds  # noqa: F401
