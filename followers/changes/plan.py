"""What a change would do, before anybody has confirmed it."""

from dataclasses import dataclass, replace
from math import ceil

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from pyroaring import BitMap64

from ..models import Follower, OfficialAccount, Tag
from ..rows.pieces import in_pieces, reading
from ..usage import Quota, known_quota
from ..wechat.limits import (
    MAX_FOLLOWERS_TO_DELETE,
    MAX_TAGS_IN_ACCOUNT,
    REMARK_BYTES,
    SYSTEM_TAGS,
    TAG_NAME_BYTES,
    can_be_given,
    is_system_tag,
)
from . import rows
from .change import NOTE_LENGTH, PATHS, SIZES, SKIP_WORDS, WITH_TEXT, Action, Change
from .sifting import Aim, sift

__all__ = [
    "NOTE_LENGTH",
    "SKIP_WORDS",
    "Change",
    "Plan",
    "Refused",
    "check",
    "ids_of",
    "plan",
]

# A call to WeChat and what is stored after it, as far as one can tell beforehand.
SECONDS_A_CALL = 0.3
SECONDS_LOCALLY = 0.2


class Refused(Exception):  # noqa: N818
    """The change cannot be made; the sentence says why and what to do, in the active language."""


@dataclass(frozen=True)
class Plan:
    """skipped: how many of the selected, by reason (SKIP_WORDS). days: 1 unless a quota is short.

    quota: None where WeChat tells no limit for these calls, or none is made. overwritten: how many
    of those who change have another remark or note now.
    """

    selected: int
    will_change: int
    skipped: dict[str, int]
    calls: int
    seconds: float
    quota: Quota | None
    days: int
    overwritten: int = 0


def plan(account: OfficialAccount, people: QuerySet[Follower], change: Change) -> Plan:
    """Count what would happen to these followers of the account; nothing is written or sent."""
    ids = ids_of(account, people)
    aim = Aim(account.pk, change.action, change.tag.pk if change.tag else None, change.text)
    skipped = sift(aim, ids)
    numbers = {reason: len(who) for reason, who in skipped.items()}
    found = forecast(account, change.action, len(ids), numbers)
    if change.action not in WITH_TEXT:
        return found
    changing = ids.difference(*skipped.values())
    return replace(found, overwritten=len(changing & rows.texted(account.pk, change.action)))


def forecast(account: OfficialAccount, action: str, selected: int, skipped: dict[str, int]) -> Plan:
    will_change = selected - sum(skipped.values())
    steps = ceil(will_change / SIZES[action])
    path = PATHS.get(action)
    quota = known_quota(account, path) if path else None
    return Plan(
        selected=selected,
        will_change=will_change,
        skipped=skipped,
        calls=steps if path else 0,
        seconds=steps * (SECONDS_A_CALL if path else SECONDS_LOCALLY),
        quota=quota,
        days=_days(steps, quota),
    )


def _days(calls: int, quota: Quota | None) -> int:
    if quota is None or calls <= quota.left:
        return 1
    return 1 + ceil((calls - quota.left) / max(quota.limit, 1))


def ids_of(account: OfficialAccount, people: QuerySet[Follower]) -> BitMap64:
    """The row ids of a selection, as far as they are of this account."""
    own = people.filter(account=account).order_by().values_list("pk", flat=True)
    with reading():
        return BitMap64(in_pieces(own, 20_000))


def check(account: OfficialAccount, change: Change, *, emptied: bool = False) -> None:
    """Raise Refused for what WeChat would refuse whomever it concerns.

    emptied: the tag that is to be deleted is taken off its followers before.
    """
    tag = change.tag
    if tag is not None and tag.account_id != account.pk:
        raise Refused(_("This tag belongs to another account."))
    match change.action:
        case Action.CREATE_TAG:
            _check_number(account)
            _check_name(account, change.name)
        case Action.RENAME_TAG if tag is not None:
            _check_own(tag)
            _check_name(account, change.name, tag)
        case Action.DELETE_TAG if tag is not None:
            _check_own(tag)
            if not emptied:
                _check_size(tag)
        case Action.TAG | Action.UNTAG if tag is not None and not can_be_given(tag.wechat_id):
            raise Refused(_("This tag belongs to WeChat itself and cannot be changed."))
        case Action.REMARK:
            _check_text(change.text, REMARK_BYTES)
        case Action.NOTE if len(change.text) > NOTE_LENGTH:
            most = f"{NOTE_LENGTH:,}"
            raise Refused(_("A note has at most %(most)s characters.") % {"most": most})


def reason_words(reason: str) -> str | Promise:
    return SKIP_WORDS.get(reason, reason)


def _check_number(account: OfficialAccount) -> None:
    own = Tag.objects.filter(account=account).exclude(wechat_id__in=SYSTEM_TAGS).count()
    if own >= MAX_TAGS_IN_ACCOUNT:
        raise Refused(
            _(
                "The account already has 100 tags, the most that WeChat allows. "
                "Delete a tag that is no longer needed first."
            )
        )


def _check_name(account: OfficialAccount, name: str, own: Tag | None = None) -> None:
    if not name.strip():
        raise Refused(_("Enter a name for the tag."))
    _check_text(name, TAG_NAME_BYTES)
    same = Tag.objects.filter(account=account, name=name).first()
    if same is not None and same != own:
        raise Refused(_("The account has a tag of this name already. Choose another name."))


def _check_own(tag: Tag) -> None:
    if is_system_tag(tag.wechat_id):
        raise Refused(_("This tag belongs to WeChat itself and cannot be changed."))


def _check_size(tag: Tag) -> None:
    if tag.follower_count > MAX_FOLLOWERS_TO_DELETE:
        raise Refused(
            _(
                "WeChat does not delete a tag with more than 100,000 followers. "
                "Remove the tag from its followers first."
            )
        )


def _check_text(text: str, most: int) -> None:
    size = len(text.encode())
    if size > most:
        raise Refused(
            _(
                "This text has %(size)s bytes; WeChat allows %(most)s. A Chinese character has 3, "
                "a letter or digit 1."
            )
            % {"size": size, "most": most}
        )
    if any(character < " " for character in text):
        raise Refused(_("This text must not have line breaks or control characters."))
