"""Search followers by openid (exact or its beginning), unionid, part of the remark or note."""

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

# So many ids can be pasted at once.
PASTED = 1_000
# Characters; the words of a longer text could not all be looked up anyway.
MAX_PASTED = 40_000
# No remark holds a longer text; SQLite refuses patterns of 50,000 bytes.
REMARK = 255
# Up to so many matches of a search are looked up by index before the list's own filters apply.
NARROW = 1_000
# Ids are ASCII (fields.IdField): nothing that begins with `q` lies at or beyond `q` + this.
END = "\x7f"


def words(q: str) -> list[str]:
    """The ids in a pasted text: parted by blanks, line ends, commas or semicolons, each once.

    As a file may hold them: in ="…", with marks that nobody sees.
    """
    found = map(read_id, re.findall(r"[^\s,，、;；]+", q))
    return list(dict.fromkeys(word for word in found if word))


class SearchFilter(Filter):
    """One word is the beginning of an openid, a unionid or part of a remark or internal note.

    Several are that many complete openids or unionids (or, as typed, part of a remark or note).
    Case matters in ids.
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
        if (number := len(words(plain(self.text)))) > PASTED:
            text = _("At most 1,000 ids can be searched at once; these are %(count)s.")
            return text % {"count": number}
        return ""

    def narrow(self, followers: QuerySet[Follower]) -> QuerySet[Follower]:
        typed, text = self.text, plain(self.text)
        if not text:
            return followers
        accounts = list(self.scope.accounts)
        pasted = words(text)
        if len(pasted) > 1:
            openids = _pks(accounts, len(pasted) * len(accounts), Q(openid__in=pasted))
            found = openids | _unionid(pasted) | _written(typed, accounts)
            return followers.filter(pk__in=found)
        one = pasted[0] if pasted else text
        # A range of the unique index; LIKE would scan, and fold case on SQLite.
        found = _pks(accounts, NARROW + 1, Q(openid__gte=one, openid__lt=one + END))
        found |= _unionid([one]) | _written(text, accounts)
        if typed != text:
            found |= _written(typed, accounts)
        if len(found) <= NARROW:
            return followers.filter(pk__in=found)
        return _broad(followers, text, one)

    def conditions(self) -> Iterator[Condition]:
        if self.text:
            count, few = len(words(self.text)), Truncator(self.text).chars(MAX_CHARACTERS)
            text = _("%(count)s ids") % {"count": count} if count > 3 else few
            yield Condition(_("Search: %(text)s") % {"text": text}, self.parameters)


def _pks(accounts: list[int], limit: int, *conditions: Q) -> set[int]:
    rows = Follower.objects.filter(*conditions, account_id__in=accounts)
    return set(rows.values_list("pk", flat=True)[:limit])


def _unionid(ids: list[str]) -> set[int]:
    # The partial index wants its own condition repeated, and no account: the planner would read
    # all followers of it. Those of others fall away where the result narrows `followers`.
    same = Follower.objects.filter(~Q(unionid=""), unionid__in=ids)
    return set(same.values_list("pk", flat=True))


def _written(q: str, accounts: list[int]) -> set[int]:
    """Remarks and notes are few: partial indexes hold those who have one."""
    if len(q) > REMARK:
        return set()
    remarked = _pks(accounts, NARROW + 1, ~Q(remark=""), Q(remark__icontains=q))
    return remarked | _pks(accounts, NARROW + 1, ~Q(note=""), Q(note__icontains=q))


def _broad(followers: QuerySet[Follower], q: str, one: str) -> QuerySet[Follower]:
    """So many match that reading on from the newest finds a page of them soon.

    Substr keeps the openid's index out of it: the planner would sort a million rows for one page.
    """
    return followers.alias(beginning=Substr("openid", 1, len(one))).filter(
        Q(beginning=one) | Q(unionid=one) | Q(remark__icontains=q) | Q(note__icontains=q)
    )
