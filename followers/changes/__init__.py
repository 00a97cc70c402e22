"""Outgoing changes: plan, record, send, and undo them."""

# The kinds register themselves on import.
from . import follower_kinds, tag_kinds  # noqa: F401
