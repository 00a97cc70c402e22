#!/usr/bin/env python
"""Run a management command; a setting or a database that is amiss is one sentence."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line
from django.db import DatabaseError


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wxadmin.settings")
    open_closed_streams()
    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        sys.exit(f"wxadmin cannot start: {error}")
    except DatabaseError as error:
        end_in_words(error)


def open_closed_streams() -> None:
    """Started with `>&-` there is no such stream, and the first file opened took its number."""
    for name in ("stdin", "stdout", "stderr"):
        if getattr(sys, name) is None:
            mode = "r" if name == "stdin" else "w"
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115


def end_in_words(error: DatabaseError) -> None:
    """For Django's own commands, too; raises what is none of the usual troubles."""
    from followers.database_errors import (  # needs settings
        NOT_MIGRATED,
        error_sentence,
        find_problem,
    )

    trouble = find_problem(error)
    # To migrate cannot be the advice where just that has failed.
    misled = trouble is NOT_MIGRATED and sys.argv[1:2] == ["migrate"]
    if "--traceback" in sys.argv or trouble is None or misled:
        raise error
    sys.exit(error_sentence(error))


if __name__ == "__main__":
    main()
