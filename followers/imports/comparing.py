"""What a file would change in an account: every line against the database, in sets."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, NamedTuple

from django.utils.translation import gettext as _
from pyroaring import BitMap64

from ..files.cells import plain
from ..files.problems import Problem
from ..models import Follower, FollowerTag, OfficialAccount, Tag
from ..wechat.limits import MAX_TAGS_IN_ACCOUNT, MAX_TAGS_OF_FOLLOWER, can_assign_tag, is_system_tag
from .checks import (
    BadLineError,
    check_calculated,
    check_name,
    check_note,
    check_remark,
    check_sound,
    sentence,
)
from .options import Options
from .reading import Line
from .tag_names import TagNames

CHUNK = 2_000
SAMPLES = 10


class Known(NamedTuple):
    """What is known here about the follower of a line."""

    id: int
    subscribed: bool
    blacklisted: bool
    remark: str
    note: str


@dataclass(frozen=True)
class Sample:
    """One of the first lines that change something, as (before, after); None: stays as it is."""

    number: int
    openid: str
    remark: tuple[str, str] | None
    tags: tuple[list[str], list[str]] | None
    note: tuple[str, str] | None


class Comparison:
    """The changes of one file, collected by `problems`.

    added, removed: row ids of followers by the name of the tag. created: tags that the account
    does not have yet. remarks, notes: new text by row id. good: lines that are no problem, those
    that change nothing included. overwritten: how many "remark" and "note" had another text.
    """

    def __init__(
        self, account: OfficialAccount, options: Options, *, seen_by: Iterable[int] = ()
    ) -> None:
        """seen_by: the accounts that whoever asks may know about."""
        self.account, self.options = account, options
        self.tags = {tag.name: tag for tag in Tag.objects.filter(account=account)}
        self.tag_names = TagNames(self.tags, keep_commas=options.keep_commas)
        self.lines = self.bad = 0
        self.created: list[str] = []
        self.added: dict[str, BitMap64] = defaultdict(BitMap64)
        self.removed: dict[str, BitMap64] = defaultdict(BitMap64)
        self.remarks: dict[int, str] = {}
        self.notes: dict[int, str] = {}
        self.overwritten = {"remark": 0, "note": 0}
        self.samples: list[Sample] = []
        self._seen = BitMap64()
        self._others = [pk for pk in seen_by if pk != account.pk]
        self._names = {tag.pk: tag.name for tag in self.tags.values()}
        own = (tag for tag in self.tags.values() if not is_system_tag(tag.wechat_id))
        self._room = MAX_TAGS_IN_ACCOUNT - sum(1 for _tag in own)

    @property
    def good(self) -> int:
        return self.lines - self.bad

    @property
    def tags_added(self) -> int:
        return sum(map(len, self.added.values()))

    @property
    def tags_removed(self) -> int:
        return sum(map(len, self.removed.values()))

    @property
    def changes(self) -> int:
        """Changes of followers; tags to create come on top."""
        return self.tags_added + self.tags_removed + len(self.remarks) + len(self.notes)

    def problems(self, lines: Iterable[Line]) -> Iterator[Problem]:
        """Compare all lines, and yield those that are left out. To be exhausted, once."""
        lines = iter(lines)
        while some := list(islice(lines, CHUNK)):
            known = self._known({line.openid for line in some})
            unknown = {line.openid for line in some} - set(known)
            foreign = self._foreign(unknown)
            had = self._had([known[line.openid].id for line in some if line.openid in known])
            for line in some:
                self.lines += 1
                try:
                    person = _person(line, known, foreign)
                    self._take(line, person, had.get(person.id, set()))
                except BadLineError as reason:
                    self.bad += 1
                    yield Problem(line.number, str(reason), line.cells)

    # --- the database -----------------------------------------------------------------------------

    def _known(self, openids: set[str]) -> dict[str, Known]:
        rows = Follower.objects.filter(account=self.account, openid__in=sorted(openids))
        columns: Iterable[tuple[Any, ...]] = rows.values_list(
            "openid", "pk", "subscribed", "blacklisted", "remark", "note"
        )
        return {openid: Known(*rest) for openid, *rest in columns}

    def _foreign(self, openids: set[str]) -> dict[str, str]:
        """Openids of other accounts, with the account's name."""
        if not openids or not self._others:
            return {}
        rows = Follower.objects.filter(account__in=self._others, openid__in=sorted(openids))
        return dict(rows.values_list("openid", "account__name"))

    def _had(self, ids: list[int]) -> dict[int, set[str]]:
        had: dict[int, set[str]] = defaultdict(set)
        rows = FollowerTag.objects.filter(follower__in=ids, tag__account=self.account)
        for follower, tag in rows.values_list("follower_id", "tag_id"):
            # A tag that has come since the comparison began has no name here.
            had[follower].add(self._names.get(tag, ""))
        return had

    # --- one line ---------------------------------------------------------------------------------

    def _take(self, line: Line, person: Known, had: set[str]) -> None:
        """Raises BadLineError before anything of the line is taken."""
        if person.id in self._seen:
            raise BadLineError(_("This openid stands in an earlier line as well."))
        check_calculated(line.uncalculated)
        add, remove = self._tag_changes(line, had)
        remark = _changed(line.remark, person.remark)
        note = _changed(line.note, person.note)
        if (add or remove or remark is not None) and not person.subscribed:
            raise BadLineError(sentence("left"))
        if add and person.blacklisted:
            raise BadLineError(sentence("blacklisted"))
        check_sound(remark, note, *add)
        check_remark(remark)
        check_note(note)
        self._check_tags(add, (had | add) - remove)
        self._seen.add(person.id)
        for name in sorted(add):
            self._add(name, person.id)
        for name in remove:
            self.removed[name].add(person.id)
        if remark is not None:
            self.remarks[person.id] = remark
            self.overwritten["remark"] += bool(person.remark)
        if note is not None:
            self.notes[person.id] = note
            self.overwritten["note"] += bool(person.note)
        if len(self.samples) < SAMPLES and (add or remove or (remark, note) != (None, None)):
            self._show(line, person, remark, note, (had, (had | add) - remove))

    def _show(
        self,
        line: Line,
        person: Known,
        remark: str | None,
        note: str | None,
        tags: tuple[set[str], set[str]],
    ) -> None:
        before, after = (sorted(names - {""}) for names in tags)
        self.samples.append(
            Sample(
                line.number,
                line.openid,
                None if remark is None else (person.remark, remark),
                None if before == after else (before, after),
                None if note is None else (person.note, note),
            )
        )

    def _tag_changes(self, line: Line, had: set[str]) -> tuple[set[str], set[str]]:
        if line.tags is None:
            return set(), set()
        wanted = self.tag_names.meant(line.tags)
        # A cell of separators alone is like an empty one: all tags stay.
        if not wanted:
            return set(), set()
        extra = had - wanted if self.options.replace_tags else set()
        return wanted - had, {name for name in extra if self._is_open(name)}

    def _is_open(self, name: str) -> bool:
        """Whether followers can be given this tag, and it can be taken from them."""
        return name in self.tags and can_assign_tag(self.tags[name].wechat_id)

    def _check_tags(self, add: set[str], after: set[str]) -> None:
        new = sorted(name for name in add if name not in self.tags and name not in self.added)
        for name in sorted(add):
            if name in self.tags and not self._is_open(name):
                text = _("The tag “%(name)s” belongs to WeChat itself and cannot be given.")
                raise BadLineError(text % {"name": name})
        for name in new:
            check_name(name)
        if add and len(after) > MAX_TAGS_OF_FOLLOWER:
            text = _("The follower would have %(count)s tags; WeChat allows 20.")
            raise BadLineError(text % {"count": len(after)})
        if new and len(self.created) + len(new) > self._room:
            text = _("The tag “%(name)s” would be one too many: WeChat allows 100 in an account.")
            raise BadLineError(text % {"name": new[-1]})

    def _add(self, name: str, follower: int) -> None:
        if name not in self.tags and name not in self.added:
            self.created.append(name)
        self.added[name].add(follower)


def _person(line: Line, known: dict[str, Known], foreign: dict[str, str]) -> Known:
    if line.openid in known:
        return known[line.openid]
    check_calculated(line.uncalculated)
    if not line.openid:
        raise BadLineError(_("The openid is missing."))
    if line.openid in foreign:
        text = _("This openid belongs to another account: %(name)s.")
        raise BadLineError(text % {"name": foreign[line.openid]})
    check_sound(line.openid)
    raise BadLineError(
        _("The account has no follower with this openid. Sync it first if they are new.")
    )


def _changed(text: str | None, present: str) -> str | None:
    """The text to set; None where it is the present one, as a file can give it back."""
    return None if text is None or text == plain(present) else text
