"""Search by openid (exact or prefix), unionid, or part of the remark or note."""

import re
from collections.abc import Iterator
from functools import cached_property

from django.db.models import Q, QuerySet
from django.db.models.functions import Substr
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..files.cells import plain, read_id
from ..models import Follower
from .filter import MAX_CHARACTERS, Condition, Filter

# The number of ids that can be pasted at once.
MAX_IDS = 1_000
# Characters. A longer text has more words than can be looked up.
MAX_PASTED = 40_000
# Remarks are not longer; SQLite refuses patterns of 50,000 bytes.
MAX_REMARK_CHARS = 255
# Up to this number of matches are looked up by index before other filters apply.
MAX_INDEXED_MATCHES = 1_000
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
    parameters = ("q",)

    @property
    def text(self) -> str:
        return self.given.get("q", "")

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

    def narrow(self, followers: QuerySet[Follower]) -> QuerySet[Follower]:
        if not plain(self.text):
            return followers
        if self._found is not None:
            return followers.filter(pk__in=self._found)
        return _by_scan(followers, plain(self.text), self._one)

    @property
    def _one(self) -> str:
        """The text as an id."""
        text = plain(self.text)
        return (split_ids(text) or [text])[0]

    @cached_property
    def _found(self) -> set[int] | None:
        """Keys of those who match, found once for all queries of a page; None if they are many.

        Of followers who match by their unionid, also those of other accounts.
        """
        typed, text = self.text, plain(self.text)
        account = self.scope.account
        accounts = list(self.scope.accounts) if account is None else [account]
        pasted = split_ids(text)
        if len(pasted) > 1:
            openids = _pks(accounts, len(pasted) * len(accounts), Q(openid__in=pasted))
            return openids | _unionid(pasted) | _by_remark_or_note(typed, accounts)
        one = self._one
        # A range of the unique index; LIKE would scan, and ignore case on SQLite.
        beginning = Q(openid__gte=one, openid__lt=one + HIGHEST_CHARACTER)
        found = _pks(accounts, MAX_INDEXED_MATCHES + 1, beginning)
        found |= _unionid([one]) | _by_remark_or_note(text, accounts)
        if typed != text:
            found |= _by_remark_or_note(typed, accounts)
        return found if len(found) <= MAX_INDEXED_MATCHES else None

    def conditions(self) -> Iterator[Condition]:
        if self.text:
            count, few = len(split_ids(self.text)), Truncator(self.text).chars(MAX_CHARACTERS)
            text = _("%(count)s ids") % {"count": count} if count > 3 else few
            yield Condition(_("Search: %(text)s") % {"text": text}, self.parameters)


def _pks(accounts: list[int], limit: int, *conditions: Q) -> set[int]:
    rows = Follower.objects.filter(*conditions, account_id__in=accounts)
    return set(rows.values_list("pk", flat=True)[:limit])


def _unionid(ids: list[str]) -> set[int]:
    # The partial index needs its own condition, and no account, or the planner would read all
    # followers of the account. Other accounts' rows drop out when the result narrows `followers`.
    same = Follower.objects.filter(~Q(unionid=""), unionid__in=ids)
    return set(same.values_list("pk", flat=True))


def _by_remark_or_note(q: str, accounts: list[int]) -> set[int]:
    """Followers by part of a remark or note: partial indexes contain those who have one."""
    if len(q) > MAX_REMARK_CHARS:
        return set()
    remarked = _pks(accounts, MAX_INDEXED_MATCHES + 1, ~Q(remark=""), Q(remark__icontains=q))
    return remarked | _pks(accounts, MAX_INDEXED_MATCHES + 1, ~Q(note=""), Q(note__icontains=q))


def _by_scan(followers: QuerySet[Follower], q: str, one: str) -> QuerySet[Follower]:
    """Many match, so scanning from the newest finds a page of them soon.

    Substr prevents the use of the openid's index: the planner would sort a million rows for a page.
    """
    return followers.alias(beginning=Substr("openid", 1, len(one))).filter(
        Q(beginning=one) | Q(unionid=one) | Q(remark__icontains=q) | Q(note__icontains=q)
    )
