"""The hours of the week are what counting the subscriptions one by one gives."""

from datetime import date

from django.utils import timezone

from followers.history.recount import recount
from followers.models import OfficialAccount, Subscription
from followers.statistics.days import DayRange
from followers.statistics.hours import hours_of_week
from tests.history.random_rows import fill

SPRING = DayRange(date(2024, 3, 1), date(2024, 4, 30))
NOTHING = [[0] * 24 for _ in range(7)]


def by_hand() -> list[list[int]]:
    found = [[0] * 24 for _ in range(7)]
    for row in Subscription.objects.filter(began_by__in=["event", "profile"]):
        began = timezone.localtime(row.began_at)
        if began.date() in set(SPRING):
            found[began.weekday()][began.hour] += 1
    return found


def test_hours_of_week(counted, django_assert_num_queries):
    with django_assert_num_queries(1):
        found = hours_of_week([counted], SPRING)
    assert found == by_hand() != NOTHING


def test_accounts_are_summed_up(counted):
    other = OfficialAccount.objects.create(name="Other", app_id="wx0000000000000001")
    assert hours_of_week([other], SPRING) == hours_of_week([], SPRING) == NOTHING
    fill(other, 200, seed=7)
    recount(other.pk)
    one, another = hours_of_week([counted], SPRING), hours_of_week([other], SPRING)
    assert hours_of_week([counted, other], SPRING) == by_hand() != one
    assert sum(map(sum, one)) + sum(map(sum, another)) == sum(map(sum, by_hand()))


def test_days_without_figures(counted):
    assert hours_of_week([counted], DayRange(date(2020, 1, 1), date(2020, 12, 31))) == NOTHING
