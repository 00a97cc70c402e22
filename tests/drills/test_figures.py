"""Every figure of 20,000 people over two hundred days, in a zone with or without summer time."""

import pytest

from followers.models import OfficialAccount
from tests.admin.growth import truth as pages
from tests.history.stored import assert_figures
from tests.history.told_world import FIRST_DAY, Clock, local, tell
from tests.statistics import truth as statistics

pytestmark = pytest.mark.drill

PEOPLE, OTHERS = 20_000, 2_000
ZONES = ("Asia/Shanghai", "America/New_York", "Australia/Lord_Howe")


@pytest.mark.django_db
def test_twenty_thousand_people(chance, settings, monkeypatch, admin_client):
    settings.TIME_ZONE = chance.choice(ZONES)
    clock = Clock(local(FIRST_DAY))
    clock.install(monkeypatch)
    told = statistics.Told(tell(clock, (PEOPLE, OTHERS)), clock.now)
    for account in OfficialAccount.objects.all():
        assert_figures(account)
    for check in statistics.CHECKS:
        check(told)
    for check in (pages.check_pages, pages.check_charts, pages.check_files, pages.check_home):
        check(told, admin_client)
    pages.check_lists(told, admin_client, every=20)
