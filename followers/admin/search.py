"""Search followers by openid (exact or its beginning), unionid, part of the remark or note."""

import re
from typing import Any

from django.db.models import Q, QuerySet
from django.db.models.functions import Substr
from django.utils.translation import gettext as _

from followers.files.cells import plain, read_id
from followers.models import Follower, OfficialAccount

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


class SearchError(ValueError):
    """The search cannot be carried out; the message says why, in the active language."""


def words(q: str) -> list[str]:
    """The ids in a pasted text: parted by blanks, line ends, commas or semicolons, each once.

    As a file may hold them: in ="…", with marks that nobody sees.
    """
    found = map(read_id, re.findall(r"[^\s,，、;；]+", q))
    return list(dict.fromkeys(word for word in found if word))


def search(followers: QuerySet[Follower], q: str, user: Any) -> QuerySet[Follower]:
    """Those of `followers` that `q` means, for a user who sees their accounts.

    One word is the beginning of an openid, a unionid or part of a remark or internal note; several
    words are that many complete openids or unionids (or, as typed, part of a remark or note).
    Case matters in ids. Raises SearchError for more than PASTED words or characters that no id has.
    """
    if "\0" in q:
        raise SearchError(_("The search holds a character that cannot be searched for."))
    typed, q = q.strip(), plain(q)
    if not q:
        return followers
    pasted = words(q)
    if len(pasted) > PASTED:
        raise SearchError(
            _("At most 1,000 ids can be searched at once; these are %(count)s.")
            % {"count": len(pasted)}
        )
    accounts = list(OfficialAccount.objects.visible_to(user).values_list("pk", flat=True))
    if len(pasted) > 1:
        openids = _pks(accounts, len(pasted) * len(accounts), Q(openid__in=pasted))
        return followers.filter(pk__in=openids | _unionid(pasted) | _written(typed, accounts))
    one = pasted[0] if pasted else q
    # A range of the unique index; LIKE would scan, and fold case on SQLite.
    found = _pks(accounts, NARROW + 1, Q(openid__gte=one, openid__lt=one + END))
    found |= _unionid([one]) | _written(q, accounts)
    if typed != q:
        found |= _written(typed, accounts)
    return followers.filter(pk__in=found) if len(found) <= NARROW else _broad(followers, q, one)


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
