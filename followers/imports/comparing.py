"""What a file would change in an account: every line against the database, in sets."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, NamedTuple

from django.utils.translation import gettext as _
from pyroaring import BitMap64

from ..edits.change import (
    MOST_TAGS_IN_ACCOUNT,
    NAME_BYTES,
    NOTE_LENGTH,
    REMARK_BYTES,
    SKIP_WORDS,
    SYSTEM_TAGS,
)
from ..edits.rows import MOST_TAGS
from ..models import Follower, FollowerTag, OfficialAccount, Tag
from ..tables import Problem
from .reading import Line

CHUNK = 2_000
# WeChat's own tags that nobody can be given; 2 (星标组) can.
CLOSED_TAGS = (0, 1)


class Known(NamedTuple):
    """What is known here about the follower of a line."""

    id: int
    subscribed: bool
    blacklisted: bool
    remark: str
    note: str


class BadLineError(ValueError):
    """Why a line is left out, in the active language."""


class Comparison:
    """The changes of one file, collected by `problems`.

    added, removed: row ids of followers by the name of the tag. created: tags that the account
    does not have yet. remarks, notes: new text by row id. good: lines that are no problem, those
    that change nothing included.
    """

    def __init__(
        self, account: OfficialAccount, *, replace_tags: bool, seen_by: Iterable[int] = ()
    ) -> None:
        """seen_by: the accounts that whoever asks may know about."""
        self.account = account
        self.replace_tags = replace_tags
        self.tags = {tag.name: tag for tag in Tag.objects.filter(account=account)}
        self.lines = self.bad = 0
        self.created: list[str] = []
        self.added: dict[str, BitMap64] = defaultdict(BitMap64)
        self.removed: dict[str, BitMap64] = defaultdict(BitMap64)
        self.remarks: dict[int, str] = {}
        self.notes: dict[int, str] = {}
        self._seen = BitMap64()
        self._others = [pk for pk in seen_by if pk != account.pk]
        self._names = {tag.pk: tag.name for tag in self.tags.values()}
        # No cell can say the blanks around a name.
        self._written = {_cell(name): name for name in self.tags}
        own = (tag for tag in self.tags.values() if tag.wechat_id not in SYSTEM_TAGS)
        self._room = MOST_TAGS_IN_ACCOUNT - sum(1 for _tag in own)

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
                    yield Problem(line.number, str(reason))

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
        add, remove = self._tag_changes(line, had)
        remark = _changed(line.remark, person.remark)
        note = _changed(line.note, person.note)
        if (add or remove or remark is not None) and not person.subscribed:
            raise BadLineError(_sentence("left"))
        if add and person.blacklisted:
            raise BadLineError(_sentence("blacklisted"))
        _check_texts(remark, note)
        self._check_tags(add, (had | add) - remove)
        self._seen.add(person.id)
        for name in sorted(add):
            self._add(name, person.id)
        for name in remove:
            self.removed[name].add(person.id)
        if remark is not None:
            self.remarks[person.id] = remark
        if note is not None:
            self.notes[person.id] = note

    def _tag_changes(self, line: Line, had: set[str]) -> tuple[set[str], set[str]]:
        if line.tags is None:
            return set(), set()
        exact = (name if name in self.tags else self._written.get(name) for name in line.tags)
        wanted = {known or name for known, name in zip(exact, line.tags, strict=True)}
        extra = had - wanted if self.replace_tags else set()
        return wanted - had, {name for name in extra if self._is_open(name)}

    def _is_open(self, name: str) -> bool:
        """Whether followers can be given this tag, and it can be taken from them."""
        return name in self.tags and self.tags[name].wechat_id not in CLOSED_TAGS

    def _check_tags(self, add: set[str], after: set[str]) -> None:
        new = sorted(name for name in add if name not in self.tags and name not in self.added)
        for name in sorted(add):
            if name in self.tags and not self._is_open(name):
                text = _("The tag “%(name)s” belongs to WeChat itself and cannot be given.")
                raise BadLineError(text % {"name": name})
        for name in new:
            _check_name(name)
        if add and len(after) > MOST_TAGS:
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
    if not line.openid:
        raise BadLineError(_("The openid is missing."))
    if line.openid in known:
        return known[line.openid]
    if line.openid in foreign:
        text = _("This openid belongs to another account: %(name)s.")
        raise BadLineError(text % {"name": foreign[line.openid]})
    raise BadLineError(
        _("The account has no follower with this openid. Sync it first if they are new.")
    )


def _sentence(reason: str) -> str:
    return _("Cannot be changed: %(reason)s.") % {"reason": SKIP_WORDS[reason]}


def _changed(text: str | None, present: str) -> str | None:
    """The text to set; None where it is the present one, blanks around it aside."""
    return None if text is None or text == _cell(present) else text


def _cell(text: str) -> str:
    """A text as a file can give it back."""
    return text.replace("\r\n", "\n").strip()


def _check_texts(remark: str | None, note: str | None) -> None:
    if remark is not None and (size := len(remark.encode())) > REMARK_BYTES:
        text = _("The remark has %(size)s bytes; WeChat allows 30, which is 10 Chinese characters.")
        raise BadLineError(text % {"size": size})
    if remark is not None and any(character < " " for character in remark):
        raise BadLineError(_("A remark must not have line breaks or tabs."))
    if note is not None and len(note) > NOTE_LENGTH:
        raise BadLineError(
            _("A note has at most %(most)s characters.") % {"most": f"{NOTE_LENGTH:,}"}
        )


def _check_name(name: str) -> None:
    if (size := len(name.encode())) > NAME_BYTES:
        text = _("The tag name “%(name)s” has %(size)s bytes; WeChat allows 30.")
        raise BadLineError(text % {"name": name, "size": size})
    if any(character < " " for character in name):
        raise BadLineError(_("A tag name must not have line breaks or tabs."))
    if "；" in name:
        text = _("“%(name)s” holds a Chinese semicolon: separate tags with ; and no other sign.")
        raise BadLineError(text % {"name": name})
