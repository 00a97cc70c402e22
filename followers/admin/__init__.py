"""The admin's pages, one module each; importing them registers them."""

from . import (  # noqa: F401
    accounts,
    channels,
    edit_runs,
    exports,
    followers,
    home,
    runs,
    tags,
    users,
)
