"""What commands write to standard output for other programs: UTF-8, quiet where nobody reads on."""

import os
import sys
from collections.abc import Iterable

from django.core.management.base import OutputWrapper


def write_text(out: OutputWrapper, pieces: Iterable[str]) -> None:
    """Write a file's text, whatever the terminal's encoding and line ends are."""
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(encoding="utf-8", newline="")
    try:
        for text in pieces:
            out.write(text, ending="")
        out.flush()
    except BrokenPipeError:
        # The reader has closed the pipe, as `… | head` does.
        _silence_stdout()
    except OSError:
        _silence_stdout()
        raise


def _silence_stdout() -> None:
    """Otherwise the interpreter would try to flush the rest at exit, and print an error."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
