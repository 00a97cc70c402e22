"""The admin's pages, one module each; importing them registers them."""

from . import accounts, exports, followers, home, runs, users  # noqa: F401
