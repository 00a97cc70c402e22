"""The admin's pages, one module each; importing them registers them."""

from . import accounts, channels, exports, followers, home, runs, tags, users  # noqa: F401
