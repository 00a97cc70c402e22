"""The words of the pages of figures."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from followers.formats import format_datetime
from followers.models import OfficialAccount
from followers.statistics.knowledge import AsOf, Knowledge
from followers.statistics.periods import By
from followers.wechat.sources import source_name

PERIOD_NAMES: dict[str, Promise] = {
    "yesterday": gettext_lazy("Yesterday"),
    "7d": gettext_lazy("Last 7 days"),
    "30d": gettext_lazy("Last 30 days"),
    "90d": gettext_lazy("Last 90 days"),
    "365d": gettext_lazy("Last 365 days"),
    "month": gettext_lazy("This month"),
    "last_month": gettext_lazy("Last month"),
    "own": gettext_lazy("Own period"),
}
BY_NAMES: dict[By, Promise] = {
    By.DAY: pgettext_lazy("statistics", "by day"),
    By.WEEK: pgettext_lazy("statistics", "by week"),
    By.MONTH: pgettext_lazy("statistics", "by month"),
}
NUMBER_NAMES: dict[str, Promise] = {
    "joined": pgettext_lazy("statistics", "Joined"),
    "left": pgettext_lazy("statistics", "Left"),
    "net": pgettext_lazy("statistics", "Net"),
    "total": pgettext_lazy("statistics", "Total"),
    "staying": pgettext_lazy("statistics", "Staying"),
    "gone": pgettext_lazy("statistics", "Left since"),
}
# What is unusual about a day, in a few words, and in a sentence below the chart.
KNOWLEDGE_NAMES: dict[Knowledge, str | Promise] = {
    Knowledge.COMPLETE: "",
    Knowledge.UNSYNCED: gettext_lazy("no sync on this day"),
    Knowledge.PARTIAL: gettext_lazy("not complete"),
    Knowledge.UNKNOWN: gettext_lazy("not synced yet"),
    Knowledge.BEFORE: gettext_lazy("before the first sync"),
}
KNOWLEDGE_SENTENCES: dict[Knowledge, Promise] = {
    Knowledge.UNSYNCED: gettext_lazy(
        "Without a sync on a day, those who left on it count on the day of the next sync."
    ),
    Knowledge.PARTIAL: gettext_lazy(
        "A day is not complete if it is known only in part: until the last sync, or from the first "
        "one on."
    ),
    Knowledge.UNKNOWN: gettext_lazy("Days that have not been synced yet are empty, not zero."),
    Knowledge.BEFORE: gettext_lazy("Nothing is known of the days before the first complete sync."),
}


def as_of_words(found: AsOf | None, accounts: Sequence[OfficialAccount]) -> str:
    """Up to when the figures are known."""
    if found is None or found.at is None:
        return ""
    facts = {"time": format_datetime(found.at), "account": found.account.name}
    if len(accounts) == 1:
        return _("As of %(time)s") % facts
    return _("As of %(time)s (%(account)s, the earliest)") % facts


def legend(**looks: str) -> list[tuple[str, str]]:
    """CSS classes by the name of the number."""
    return [(look, str(NUMBER_NAMES[name])) for name, look in looks.items()]


def source_label(source: str) -> str:
    return source_name(source) or _("unknown")


def names_of(accounts: Sequence[OfficialAccount], most: int = 3) -> str:
    """The names of the first accounts, and how many more there are."""
    names, more = _(", ").join(account.name for account in accounts[:most]), len(accounts) - most
    if more <= 0:
        return names
    return _("%(names)s and %(number)d more") % {"names": names, "number": more}
