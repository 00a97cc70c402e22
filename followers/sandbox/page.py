"""The sandbox's own page, read from the file beside this module."""

from functools import cache
from pathlib import Path


@cache
def html() -> bytes:
    """The page as it is sent; all that moves on it comes from /sandbox/ by script."""
    return (Path(__file__).parent / "page.html").read_bytes()
