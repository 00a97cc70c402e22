"""What a page of figures is about: accounts, period, and how well both are known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

from django.conf import settings
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext as _

from followers.accounts.access import load_accounts
from followers.models import DayNote, OfficialAccount
from followers.segments.days import parse_day
from followers.statistics.days import DAY, DayRange, local_day
from followers.statistics.figures import DayRow, Origins, by_days_of_each, origins, sum_of_each
from followers.statistics.knowledge import Knowledge, knowledge
from followers.statistics.periods import NAMED, By

from ..shared.account_choice import ACCOUNT_PARAMETER, chosen_account_id
from ..shared.navigation import facts_of

# A longer one has more days than a chart has pixels, and more than anybody asks for.
MAX_DAYS = 3_700
# More channels would make a page of many thousand cells; the file has all of them.
CHANNEL_LIMIT = 100
DEFAULT_PERIOD = "30d"
YEAR = timedelta(weeks=52)


@dataclass(frozen=True)
class Scope:
    """own: the user's accounts. account: the only one that the page is about, None for all of them.

    problem: why the address cannot be read, "" if it can; the page then shows the default instead
    and says so. compared: the period beside this one, None for none; compare: its name in the
    address. also: other days whose figures the page shows, read together with these.
    """

    own: list[OfficialAccount]
    account: OfficialAccount | None
    today: date
    period: str
    days: DayRange
    by: By
    compare: str = ""
    compared: DayRange | None = None
    problem: str = ""
    also: DayRange | None = None

    @property
    def accounts(self) -> list[OfficialAccount]:
        """Those that the page is about."""
        return [self.account] if self.account else self.own

    @cached_property
    def counted(self) -> list[OfficialAccount]:
        """Accounts that have figures."""
        zone = settings.TIME_ZONE
        return [it for it in self.accounts if it.baseline_at and it.statistics_zone == zone]

    @cached_property
    def being_counted(self) -> list[OfficialAccount]:
        """Accounts whose figures a worker is about to count, in days of another time zone."""
        return [it for it in self.accounts if it.baseline_at and it not in self.counted]

    @cached_property
    def without_list(self) -> list[OfficialAccount]:
        """Accounts that have not been synced yet."""
        return [it for it in self.accounts if not it.baseline_at]

    @cached_property
    def knowledge(self) -> dict[date, Knowledge]:
        return knowledge(self.counted, [self.days, *self._also], self.today)

    @cached_property
    def each(self) -> dict[int, list[DayRow]]:
        """By account, the rows of the days."""
        return self._by_day_of_each[0]

    @cached_property
    def rows(self) -> list[DayRow]:
        return sum_of_each(self.each, self.days)

    @cached_property
    def compared_rows(self) -> list[DayRow]:
        """Of the period beside this one, if there is one."""
        return sum_of_each(self._by_day_of_each[1], self.compared) if self.compared else []

    @property
    def also_rows(self) -> list[DayRow]:
        """Of the other days, if there are any."""
        return sum_of_each(self._by_day_of_each[-1], self.also) if self.also else []

    @property
    def _also(self) -> list[DayRange]:
        return [self.also] if self.also else []

    @cached_property
    def _by_day_of_each(self) -> list[dict[int, list[DayRow]]]:
        """Read once for all figures of a page: it is the largest part of what they read."""
        compared = [self.compared] if self.compared else []
        return by_days_of_each(self.counted, [self.days, *compared, *self._also])

    @cached_property
    def origins(self) -> Origins:
        """With the CHANNEL_LIMIT best channels."""
        return origins(self.counted, self.days, CHANNEL_LIMIT)

    @cached_property
    def notes(self) -> list[DayNote]:
        """On the days; for a period that lasts until now, also those on days to come."""
        found = DayNote.objects.filter(account__in=self.accounts, day__gte=self.days.first)
        if self.days.last < self.today:
            found = found.filter(day__lte=self.days.last)
        return list(found.select_related("account", "author"))

    @property
    def params(self) -> dict[str, str]:
        """The same again, in an address."""
        own = {"from": str(self.days.first), "to": str(self.days.last)}
        named = own if self.period == "own" else {"period": self.period}
        account = {ACCOUNT_PARAMETER: str(self.account.pk) if self.account else ""}
        compare = {"compare": self.compare} if self.compare else {}
        return {**account, **named, "by": str(self.by), **compare}

    def address(self, **changed: str) -> str:
        """The same with other parameters, as a query string."""
        return query_string({**self.params, **changed})


def query_string(params: dict[str, str]) -> str:
    query = QueryDict(mutable=True)
    # Without an account is not the same as without a word about it: that means the chosen one.
    used = {name: it for name, it in params.items() if it or name == ACCOUNT_PARAMETER}
    query.update(used)
    return f"?{query.urlencode()}"


def read_scope(request: HttpRequest) -> Scope:
    """Of an address: account__id__exact (else the chosen one), period or from and to, by, compare.

    compare: a name in COMPARED, or the first day of as many days.
    """
    accounts = load_accounts(request.user)
    account, problem = _account(request, accounts)
    # Asked once: PostgreSQL has a clock of its own.
    now = local_day(facts_of(request).now)
    period, days, problem = _period(request.GET, now, problem)
    given = request.GET.get("by", "")
    by = By(given) if given in set(By) else _usual_by(days)
    compare = request.GET.get("compare", "")
    compared = _compared(compare, days, now)
    if compare and compared is None:
        compare, problem = "", problem or _("The days to compare with cannot be read.")
    return Scope(accounts, account, now, period, days, by, compare, compared, problem)


def _compared(name: str, days: DayRange, now: date) -> DayRange | None:
    """None where the days lie in the future, or cannot be read."""
    if name in COMPARED:
        return COMPARED[name](days)
    try:
        first = parse_day(name)
    except ValueError:
        return None
    compared = DayRange(first, first + (len(days) - 1) * DAY) if first else None
    return compared if compared and compared.last <= now else None


def _year_before(days: DayRange) -> DayRange:
    """By whole weeks, so that weekdays stand beside each other."""
    return DayRange(days.first - YEAR, days.last - YEAR)


COMPARED: dict[str, Callable[[DayRange], DayRange]] = {
    "before": DayRange.before,
    "year": _year_before,
}


def _account(
    request: HttpRequest, accounts: list[OfficialAccount]
) -> tuple[OfficialAccount | None, str]:
    given = request.GET.get(ACCOUNT_PARAMETER)
    if given == "":
        return None, ""
    wanted = str(chosen_account_id(request)) if given is None else given
    found = next((it for it in accounts if str(it.pk) == wanted), None)
    if given and found is None:
        return None, _("There is no such account, or it is not one of yours. All are shown.")
    return found, ""


def _period(params: QueryDict, now: date, problem: str) -> tuple[str, DayRange, str]:
    name = params.get("period", "")
    if name in NAMED:
        return name, NAMED[name](now), problem
    if name not in ("", "own"):
        problem = problem or _("There is no such period. The last 30 days are shown.")
    elif params.get("from") or params.get("to"):
        days = own_days(params.get("from", ""), params.get("to", ""), now)
        if days:
            return "own", days, problem
        problem = problem or _(
            "These days cannot be read. Write both like 2024-10-31, the first before the last, at "
            "most ten years apart and not in the future. The last 30 days are shown."
        )
    return DEFAULT_PERIOD, NAMED[DEFAULT_PERIOD](now), problem


def own_days(first: str, last: str, now: date) -> DayRange | None:
    """Days that somebody wrote; None if they cannot be shown."""
    try:
        days = DayRange(parse_day(first) or now, parse_day(last) or now)
    except ValueError:
        return None
    return days if days.first <= days.last <= now and len(days) <= MAX_DAYS else None


def _usual_by(days: DayRange) -> By:
    """Days as long as there is room for them."""
    if len(days) <= 92:
        return By.DAY
    return By.WEEK if len(days) <= 750 else By.MONTH
