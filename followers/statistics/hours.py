"""At which hours of the week people came."""

from ..rows.dialect import fetch
from .days import DayRange
from .figures import Accounts, account_keys, as_date, day_param


def hours_of_week(accounts: Accounts, days: DayRange) -> list[list[int]]:
    """Seven rows, from Monday, of 24 numbers: the subscriptions whose hour is exactly known."""
    keys, sql_keys = account_keys(accounts)
    sql = f"""
        SELECT day, hour, sum(joined) FROM followers_hourlyfigures
        WHERE account_id IN ({sql_keys}) AND day >= %s AND day <= %s GROUP BY day, hour
    """  # noqa: S608
    found = [[0] * 24 for _day in range(7)]
    for day, hour, joined in fetch(sql, [*keys, day_param(days.first), day_param(days.last)]):
        found[as_date(day).weekday()][hour] += int(joined)
    return found
