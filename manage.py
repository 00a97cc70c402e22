#!/usr/bin/env python
"""Run a management command; a setting or a database that is amiss is one sentence."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line
from django.db import DatabaseError


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wxadmin.settings")
    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        sys.exit(f"wxadmin cannot start: {error}")
    except DatabaseError as error:
        end_in_words(error)


def end_in_words(error: DatabaseError) -> None:
    """For Django's own commands, too; raises what is none of the usual troubles."""
    from followers.trouble import NOT_MIGRATED, in_one_sentence, known_trouble  # needs settings

    trouble = known_trouble(error)
    # To migrate cannot be the advice where just that has failed.
    misled = trouble is NOT_MIGRATED and sys.argv[1:2] == ["migrate"]
    if "--traceback" in sys.argv or trouble is None or misled:
        raise error
    sys.exit(in_one_sentence(error))


if __name__ == "__main__":
    main()
