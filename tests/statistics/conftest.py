"""An account whose figures are counted, in two time zones."""

import pytest
from django.utils import timezone

from followers.history.recount import recount
from tests.history.random_rows import fill

ZONES = ["Asia/Shanghai", "America/New_York"]


@pytest.fixture(params=ZONES)
def counted(request, account, settings):
    """On a first of November, long after the last subscription; in two time zones."""
    settings.TIME_ZONE = request.param
    with timezone.override(request.param):
        fill(account, 400)
        recount(account.pk)
        account.refresh_from_db()
        yield account
