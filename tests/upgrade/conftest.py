from contextlib import ExitStack

import pytest

from .before import connected


@pytest.fixture
def use(tmp_path, django_db_blocker):
    """Connects to a copy of a database until the test ends; returns the copy."""
    with ExitStack() as stack:
        stack.enter_context(django_db_blocker.unblock())

        def use(database):
            copy = database.copy(tmp_path)
            stack.callback(copy.drop)
            stack.enter_context(connected(copy))
            return copy

        yield use
