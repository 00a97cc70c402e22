"""A change, and what is known of its kind: one class for each kind, and everything of it there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import ClassVar, Literal, TypeVar

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from pyroaring import BitMap64

from ..models import EditStep, OfficialAccount, Tag
from ..runs.stage import Stage
from ..wechat.client import Client
from ..wechat.limits import TOO_LONG, text_problem
from . import rows

Action = EditStep.Action


class Refused(Exception):  # noqa: N818
    """The change cannot be made; the sentence says why and what to do, in the active language."""


@dataclass(frozen=True)
class Change:
    """What is to be done. name: a tag's new name; text: a remark or note, "" to clear it."""

    action: str
    tag: Tag | None = None
    name: str = ""
    text: str = ""

    @classmethod
    def of(cls, step: EditStep) -> Change:
        return cls(step.action, step.tag, step.name, step.text)

    @property
    def kind(self) -> ChangeKind:
        return kind_of(self.action)


@dataclass(frozen=True)
class Rule:
    """A reason to leave somebody out.

    applies: whether it does to a follower in this state, whose text would be this one. among: the
    same for a great many, those of the rest whom it concerns, all of this account.
    """

    reason: str
    words: Promise
    applies: Callable[[rows.State, str], bool]
    among: Callable[[BitMap64, int, Change], BitMap64]


class ChangeKind:
    """One kind of change. FollowerKind and TagKind say what those of followers and tags add.

    action: its name in EditStep.action. path: of its call to WeChat, "" where none is made.
    permission: what it takes, without the app (accounts.access). subject: what a person has to
    name, a tag or a text. label, title: what it is called, without and with the tag or the text
    (%(what)s). inverse: the action that takes it back, "" where none does. same: the actions that
    change the same thing; a sync notes what others changed under the first of them. overwrites: how
    many texts of others go (%(number)s), where a new one comes and where none does. size: how many
    followers a step takes. ineligible: why some are left out.
    """

    action: ClassVar[str]
    path: ClassVar[str] = ""
    permission: ClassVar[str]
    subject: ClassVar[Literal["", "tag", "text"]] = ""
    label: ClassVar[Promise]
    title: ClassVar[Promise | None] = None
    is_of_tag: ClassVar[bool] = False
    inverse: ClassVar[str] = ""
    same: ClassVar[tuple[str, ...]] = ()
    overwrites: ClassVar[tuple[Promise, ...]] = ()
    size: ClassVar[int] = 1
    ineligible: ClassVar[tuple[Rule, ...]] = ()

    def open(self, step: EditStep, client: Client) -> Stage:
        """The step as the engine's stage."""
        raise NotImplementedError

    def check(self, account: OfficialAccount, change: Change, *, emptied: bool = False) -> None:
        """Raise Refused for what WeChat would refuse whomever it concerns.

        emptied: the tag that is to be deleted is taken off its followers before.
        """

    def unchanged(self, step: EditStep) -> BitMap64:
        """Whose present state is what the step made it, with nobody's change since."""
        return BitMap64()

    def stored_text(self, change: Change) -> str:
        """What is kept as the step's text."""
        return change.text

    def titled(self, what: str, former: str = "") -> str:
        """What is done, with the tag's name or the text; former: the name of a renamed tag."""
        return str(self.title) % {"what": what} if self.title and what else str(self.label)


K = TypeVar("K", bound=ChangeKind)
_kinds: dict[str, ChangeKind] = {}


def register(kind: type[K]) -> type[K]:
    _kinds[kind.action] = kind()
    return kind


def kind_of(action: str) -> ChangeKind:
    """KeyError for an action of no kind."""
    return _kinds[action]


def kinds(*, of_tag: bool | None = None) -> Iterator[ChangeKind]:
    """All kinds, or those of followers or of tags alone, in the order in which people see them."""
    return (kind for kind in _kinds.values() if of_tag in (None, kind.is_of_tag))


def actions(*, of_tag: bool | None = None) -> list[str]:
    return [kind.action for kind in kinds(of_tag=of_tag)]


def check_text(text: str, most: int) -> None:
    """Raise Refused for a text that WeChat would not take; most: its bytes in UTF-8."""
    flaw = text_problem(text, most)
    if flaw == TOO_LONG:
        raise Refused(
            _(
                "This text has %(size)s bytes; WeChat allows %(most)s. A Chinese character has 3, "
                "a letter or digit 1."
            )
            % {"size": len(text.encode()), "most": most}
        )
    if flaw:
        raise Refused(_("This text must not have line breaks or control characters."))
