"""A list's parameters in words: the chips above the list, the record of exports."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from django.contrib.admin.views.main import ERROR_FLAG, IGNORED_PARAMS, PAGE_VAR, SEARCH_VAR
from django.utils.formats import date_format
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from .cells import visible
from .filters import (
    ACCOUNT,
    STATUS,
    STATUSES,
    TAG,
    DayRangeFilter,
    FirstSeenFilter,
    LeftFilter,
    parse_day,
)
from .profile_filters import (
    BLACKLISTED,
    GROUP,
    NO_REMARK,
    SCENE,
    SOURCE,
    FollowedFilter,
    blacklist_words,
    remark_words,
)
from .search import words
from .sources import source

# The parameters of a Django admin list, each with its values in the order of the address.
Params = Mapping[str, list[str]]
# Parameters of a list that say how it is shown, not what it holds.
NO_CONDITION = {*IGNORED_PARAMS, PAGE_VAR, ERROR_FLAG, "_changelist_filters"}
DAYS = (FollowedFilter, FirstSeenFilter, LeftFilter)
MAX_CHARACTERS = 60


@dataclass(frozen=True)
class Condition:
    """One condition in words, and the parameters to take away to lift it.

    value: only this one of the parameter's values is to be taken away.
    """

    text: str
    parameters: tuple[str, ...]
    value: str | None = None


def conditions(
    params: Params,
    accounts: Mapping[str, str],
    tags: Mapping[str, str] | None = None,
    channels: Mapping[str, str] | None = None,
) -> list[Condition]:
    """What a list's parameters mean, in the active language.

    `accounts` and `tags` map keys to names, `channels` scenes; conditions that are not ours are
    shown as written.
    """
    given = {name: values[-1].strip() for name, values in params.items() if values}
    given = {name: value for name, value in given.items() if value}
    given.pop(TAG, None)
    in_words: dict[str, Callable[[str], str]] = {
        SEARCH_VAR: _search,
        ACCOUNT: lambda value: _("Account: %(name)s") % {"name": accounts.get(value, value)},
        STATUS: lambda value: str(STATUSES.get(value, value)),
        SOURCE: lambda value: _("Source: %(name)s") % {"name": _short(source(value))},
        SCENE: lambda value: _channel(value, channels or {}),
        GROUP: lambda value: _("Channel group: %(name)s") % {"name": _short(value)},
        BLACKLISTED: blacklist_words,
        NO_REMARK: remark_words,
    }
    known = [
        Condition(say(given.pop(name)), (name,)) for name, say in in_words.items() if name in given
    ]
    known[len(known) :] = _tags(params.get(TAG, ()), tags or {})
    known += [found for kind in DAYS if (found := _days(kind, given))]
    return known + [
        Condition(f"{name} = {value}", (name,))
        for name, value in given.items()
        if name not in NO_CONDITION
    ]


def _search(q: str) -> str:
    count = len(words(q))
    text = (
        _("%(count)s ids") % {"count": count} if count > 3 else Truncator(q).chars(MAX_CHARACTERS)
    )
    return _("Search: %(text)s") % {"text": text}


def _channel(scene: str, names: Mapping[str, str]) -> str:
    name = f"{names[scene]} ({scene})" if scene in names else scene
    return _("Channel: %(name)s") % {"name": _short(name)}


def _short(text: str) -> str:
    return Truncator(visible(text)).chars(MAX_CHARACTERS)


def _tags(values: Iterable[str], names: Mapping[str, str]) -> Iterator[Condition]:
    for value in dict.fromkeys(values):
        if value:
            name = names.get(value.strip(), value)
            yield Condition(_("Tag: %(name)s") % {"name": _short(name)}, (TAG,), value)


def _days(kind: type[DayRangeFilter], given: dict[str, str]) -> Condition | None:
    first, last = (_day(given.pop(name, "")) for name in kind.parameters)
    if not first and not last:
        return None
    text = {
        (True, True): _("%(what)s: %(first)s to %(last)s"),
        (True, False): _("%(what)s: since %(first)s"),
        (False, True): _("%(what)s: until %(last)s"),
    }[bool(first), bool(last)]
    what = {"what": str(kind.title).capitalize(), "first": first, "last": last}
    return Condition(text % what, kind.parameters)


def _day(text: str) -> str:
    try:
        day = parse_day(text)
    except ValueError:
        return Truncator(text).chars(40)
    return date_format(day, "Y-m-d") if day else ""
