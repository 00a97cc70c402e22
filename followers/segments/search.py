"""Search by openid (exact or prefix), unionid, or part of the remark or note."""

import re
from collections.abc import Iterator
from functools import cached_property, reduce
from operator import or_

from django.db.models import Q
from django.db.models.expressions import RawSQL
from django.db.models.functions import Substr
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..files.cells import plain, read_id
from ..models import Follower
from ..models.followers import SHORT_NOTE
from ..rows.dialect import dialect, set_param
from ..rows.unions import Rows
from .filter import (
    MAX_CHARACTERS,
    SEARCH,
    Condition,
    Filter,
    Followers,
    Matching,
    Params,
    Scope,
)
from .lookups import NOTHING
from .texts import is_unreadable

# The number of ids that can be pasted at once.
MAX_IDS = 1_000
# Characters. A longer text has more words than can be looked up.
MAX_PASTED = 40_000
# Remarks are not longer; SQLite refuses patterns of 50,000 bytes.
MAX_REMARK_CHARS = 255
# Up to this number of matches are looked up by index before other filters apply.
MAX_INDEXED_MATCHES = 10_000
# Ids are ASCII (fields.IdField), so everything with the prefix `q` sorts before `q` + this.
HIGHEST_CHARACTER = "\x7f"


def pasted_words(text: str) -> list[str]:
    """The ids in a pasted text, separated by whitespace, commas or semicolons.

    They may be copied from a file: as ="…", with invisible characters.
    """
    return [word for word in map(read_id, re.findall(r"[^\s,，、;；]+", text)) if word]


def split_ids(q: str) -> list[str]:
    """The distinct ones of `pasted_words`."""
    return list(dict.fromkeys(pasted_words(q)))


class SearchFilter(Filter):
    """One word is the prefix of an openid, a unionid, or part of a remark or internal note.

    Several words are complete openids or unionids (or, as typed, part of a remark or note). Ids are
    case-sensitive.
    """

    title = gettext_lazy("search")
    parameters = (SEARCH,)

    def __init__(self, params: Params, scope: Scope) -> None:
        super().__init__(params, scope)
        self._keys = scope.lookups.keys.ask(self._matches)

    @property
    def text(self) -> str:
        return self.given.get(SEARCH, "")

    @cached_property
    def problem(self) -> str:
        if len(self.text) > MAX_PASTED:
            return _("The search is too long, so nothing is shown.")
        if "\0" in self.text:
            return _("The search holds a character that cannot be searched for.")
        if (number := len(split_ids(plain(self.text)))) > MAX_IDS:
            text = _("At most 1,000 ids can be searched at once; these are %(count)s.")
            return text % {"count": number}
        return ""

    def narrow(self, followers: Followers) -> Followers:
        if not self._texts:
            return followers
        if self._found is not None:
            keys = RawSQL(dialect().ids_sql, [set_param(self._found)])  # noqa: S611
            return followers.filter(dialect().pk_in(keys))
        # Many match, so scanning from the newest finds a page of them soon.
        return _scanned(followers, self._ids, self._texts)

    def arms(self) -> list[Filter]:
        """Each way to match, if many do."""
        if not self._texts or self._found is not None:
            return [self]
        return [Matching(it) for it in (*self._by_own_columns, *self._by_unionid)]

    @cached_property
    def _texts(self) -> list[str]:
        """Of which a remark or note may contain any: as typed, and without invisible characters."""
        typed = dict.fromkeys((plain(self.text), self.text))
        return list(typed) if plain(self.text) else []

    @cached_property
    def _ids(self) -> list[str]:
        """The words as ids; a single one may be the beginning of an openid."""
        return split_ids(plain(self.text)) or self._texts[:1]

    @property
    def _by_own_columns(self) -> list[Q]:
        """Conditions by openid and by texts, each in the form of its index."""
        words = list(filter(str.isascii, self._ids))
        return [*_by_openid(words, whole=len(self._ids) > 1), *_by_text(self._texts)]

    @property
    def _by_unionid(self) -> list[Q]:
        words = list(filter(str.isascii, self._ids))
        return [~Q(unionid="") & Q(unionid__in=words)] if words else []

    @cached_property
    def _found(self) -> set[int] | None:
        """Keys of those who match, found once for all queries of a page; None if they are many."""
        keys = self._keys()
        return set(keys) if len(keys) <= self._most else None

    def _matches(self) -> Rows:
        """Of followers who match by their unionid, also those of other accounts."""
        if not self._texts or self.problem or is_unreadable(self.text):
            return NOTHING
        rows = Follower.objects.order_by().values("pk")
        in_accounts = {"account__in": self.scope.account_keys}
        own = [rows.filter(it, **in_accounts) for it in self._by_own_columns]
        # With an account, the planner would read all followers of the account for a unionid. Other
        # accounts' rows drop out when the result narrows a list.
        return Rows([*own, *(rows.filter(it) for it in self._by_unionid)], self._most + 1)

    @property
    def _most(self) -> int:
        several = len(self._ids) if len(self._ids) > 1 else 0
        return MAX_INDEXED_MATCHES + 2 * several * len(self.scope.account_keys)

    def conditions(self) -> Iterator[Condition]:
        if self.text:
            count, few = len(split_ids(self.text)), Truncator(self.text).chars(MAX_CHARACTERS)
            text = _("%(count)s ids") % {"count": count} if count > 3 else few
            yield Condition(_("Search: %(text)s") % {"text": text}, self.parameters)


def _by_openid(words: list[str], *, whole: bool) -> list[Q]:
    """whole: these are openids, not the beginning of one."""
    if whole or not words:
        return [Q(openid__in=words)] if words else []
    # A range of the unique index; LIKE would scan, and ignore case on SQLite.
    return [Q(openid__gte=words[0], openid__lt=words[0] + HIGHEST_CHARACTER)]


def _by_text(texts: list[str]) -> list[Q]:
    short = [text for text in texts if len(text) <= MAX_REMARK_CHARS]
    if not short:
        return []
    return [
        ~Q(remark="") & _containing("remark", short),
        ~Q(note="") & Q(note__length__lte=SHORT_NOTE) & _containing("note", short),
        # Without the first condition, PostgreSQL would expect a third of all followers.
        ~Q(note="") & Q(note__length__gt=SHORT_NOTE) & _containing("note", short),
    ]


def _containing(field: str, texts: list[str]) -> Q:
    # Ignoring case costs as much again, and Chinese has none.
    how = "contains" if all(it.upper() == it.lower() for it in texts) else "icontains"
    return reduce(or_, (Q(**{f"{field}__{how}": text}) for text in texts))


def _scanned(followers: Followers, ids: list[str], texts: list[str]) -> Followers:
    """Substr keeps openids from their index: the planner would sort a million rows for a page."""
    beginning = Substr("openid", 1, len(ids[0])) if len(ids) == 1 else Substr("openid", 1)
    conditions = [Q(beginning__in=ids), Q(unionid__in=ids)]
    if short := [text for text in texts if len(text) <= MAX_REMARK_CHARS]:
        conditions += [_containing("remark", short), _containing("note", short)]
    return followers.alias(beginning=beginning).filter(reduce(or_, conditions))
