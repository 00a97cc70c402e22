"""Saving segments: what their query may be, and names that are free."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from followers.accounts.access import own_accounts
from followers.files.cells import plain
from followers.models import Segment
from followers.segments.filter import ACCOUNT, SEGMENT
from followers.segments.people import ELSEWHERE
from followers.segments.query import FollowerQuery
from followers.segments.saved import (
    SavedFilter,
    Shelf,
    chosen_segments,
    kept_name_key,
    kept_segment_names,
    parse_query,
    segment_params,
    stored_query,
    with_status,
)
from followers.segments.tags import TagFilter
from followers.segments.texts import printable_text

NAME_LENGTH = 100
# Not yet a key of any segment.
UNSAVED = 0


class SaveRefused(Exception):  # noqa: N818 (as ChangeRefused)
    """Why a segment cannot be saved, in the active language."""


class Draft:
    """A list's parameters as a segment. Raises SaveRefused for what no segment can be."""

    def __init__(
        self,
        user: Any,
        params: Mapping[str, Sequence[str]],
        shelf: Shelf,
        replaced: Segment | None = None,
    ) -> None:
        # When it is opened, what it names is one level deeper.
        outer = (replaced.pk if replaced else UNSAVED,)
        given = with_status(params)
        query = FollowerQuery(given, own_accounts(user), segments=shelf, outer=outer)
        if query.problems:
            raise SaveRefused(query.problems[0])
        if query.scope.account is None:
            raise SaveRefused(_("A segment belongs to an account: choose one account first."))
        self.account: int = query.scope.account
        self._within, self._params = query.filter(SavedFilter).segments, query.params
        self._conditions = [it.text for it in query.conditions() if it.parameters != (ACCOUNT,)]
        self.query = stored_query(FollowerQuery(params, own_accounts(user)).params)
        tags = query.filter(TagFilter)
        self.tag_names = {key: tags.names[key] for key in tags.chosen}
        # A private one of somebody else is named to nobody who opens this one later.
        owner = replaced.owner_id if replaced else user.pk
        told = [it for it in self._within if it.shared or it.owner_id == owner]
        self.tag_names |= {kept_name_key(it.pk): it.name for it in told}
        if replaced and replaced.account_id != self.account:
            raise SaveRefused(_("The segment belongs to another account."))

    @property
    def default_name(self) -> str:
        return Truncator(" · ".join(self._conditions)).chars(NAME_LENGTH - 10)

    def require_shareable(self) -> None:
        require_shareable(self._params, self._within)


def require_shareable(params: Mapping[str, Sequence[str]], within: Sequence[Segment]) -> None:
    """SaveRefused if a shared segment would mean others to others, or nobody.

    within: the segments that it names.
    """
    if ELSEWHERE in params:
        raise SaveRefused(
            _(
                "A segment with “Follows another of my accounts, too” cannot be shared: everybody "
                "has other accounts, so it would have other people for each who opens it."
            )
        )
    if private := next((it for it in within if not it.shared), None):
        text = _("Share the segment “%(name)s” first: others could not see who is in it.")
        raise SaveRefused(text % {"name": printable_text(private.name)})


def require_unused(segment: Segment) -> None:
    """SaveRefused if a shared segment names this one, which nobody but its owner would see."""
    if it := next((it for it in _naming(segment) if it.shared), None):
        text = _(
            "The shared segment “%(name)s” uses this one, and would show nobody to others. "
            "Make that one private first."
        )
        raise SaveRefused(text % {"name": printable_text(it.name)})


def keep_name(segment: Segment) -> None:
    """Those that name the segment, which is about to be deleted, will say which one it was.

    Its name may be newer than what they kept when they were saved. That of a private segment stays
    its owner's own. Call it within a transaction.
    """
    # Two who are deleted at once may be named by the same.
    naming = _naming(segment, Segment.objects.select_for_update().order_by("pk"))
    told = [it for it in naming if segment.shared or it.owner_id == segment.owner_id]
    for it in told:
        it.tag_names[kept_name_key(segment.pk)] = segment.name
    Segment.objects.bulk_update(told, ["tag_names"])


def _naming(segment: Segment, among: QuerySet[Segment] | None = None) -> list[Segment]:
    rows = Segment.objects.all() if among is None else among
    rows = rows.filter(account=segment.account_id, query__contains=f"{SEGMENT}=")
    key = str(segment.pk)
    return [it for it in rows if key in chosen_segments(parse_query(it.query))]


def clean_name(text: str) -> str:
    """Raises SaveRefused for a name that is empty, or too long, or that nobody can see."""
    name = printable_text(" ".join(plain(text).split())).strip()
    if not name:
        raise SaveRefused(_("Give the segment a name."))
    if len(name) > NAME_LENGTH:
        raise SaveRefused(_("The name is too long: it can have 100 characters."))
    return name


def free_name(account: int, wanted: str) -> str:
    """This name, or with a number behind it if the account has it already."""
    wanted = wanted[: NAME_LENGTH - 10].strip() or _("Segment")
    taken = set(
        Segment.objects.filter(account=account, name__startswith=wanted).values_list(
            "name", flat=True
        )
    )
    names = (wanted if number == 1 else f"{wanted} ({number})" for number in range(1, 10_000))
    return next(name for name in names if name not in taken)


def create(owner: User, account: int, name: str, **values: Any) -> Segment:
    """Raises SaveRefused if the name is taken."""
    try:
        with transaction.atomic():
            return Segment.objects.create(account_id=account, name=name, owner=owner, **values)
    except IntegrityError:
        raise name_taken(name) from None


@contextmanager
def held(segment: Segment) -> Iterator[None]:
    """Nobody else changes the segment within, whose values are read anew.

    Raises SaveRefused if it has been deleted: whoever wrote it now would put it back.
    """
    with transaction.atomic():
        try:
            segment.refresh_from_db(from_queryset=Segment.objects.select_for_update())
        except Segment.DoesNotExist:
            text = _("The segment “%(name)s” has been deleted meanwhile.")
            raise SaveRefused(text % {"name": printable_text(segment.name)}) from None
        yield


def rename(segment: Segment, name: str) -> None:
    """Raises SaveRefused if the name is taken, or the segment gone."""
    try:
        with held(segment):
            segment.name = name
            segment.save(update_fields=["name", "updated_at"])
    except IntegrityError:
        raise name_taken(name) from None


def share(segment: Segment, within: Sequence[Segment]) -> None:
    """Raises SaveRefused if it would mean others to others, or the segment is gone.

    within: the segments that it names. Names that it kept of others are dropped: they may have been
    private.
    """
    with held(segment):
        require_shareable(segment_params(segment), within)
        gone = kept_segment_names(segment.tag_names).keys() - {str(it.pk) for it in within}
        for key in gone:
            del segment.tag_names[kept_name_key(key)]
        segment.shared = True
        segment.save(update_fields=["shared", "tag_names", "updated_at"])


def unshare(segment: Segment) -> None:
    """Raises SaveRefused if a shared segment uses it, or the segment is gone."""
    with held(segment):
        require_unused(segment)
        segment.shared = False
        segment.save(update_fields=["shared", "updated_at"])


def replace(segment: Segment, draft: Draft) -> None:
    """Raises SaveRefused if it is shared and the draft cannot be, or if the segment is gone."""
    with held(segment):
        if segment.shared:
            draft.require_shareable()
        segment.query, segment.tag_names = draft.query, draft.tag_names
        # How many were in another question is no size of this one.
        segment.size_at_last_look = segment.looked_at = None
        segment.save()


def remove(segment: Segment) -> None:
    """Raises SaveRefused if the segment is gone."""
    with held(segment):
        keep_name(segment)
        segment.delete()


def name_taken(name: str) -> SaveRefused:
    text = _(
        "This account has a segment “%(name)s” already, perhaps a colleague's own. Choose another "
        "name."
    )
    return SaveRefused(text % {"name": name})
