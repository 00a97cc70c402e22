"""Changes and their kinds: one class for each kind, with everything that is specific to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
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
from .follower_sets import FollowerSets

Action = EditStep.Action


class ChangeRefused(Exception):  # noqa: N818
    """The change is not possible; the message says why and what to do, in the active language."""


@dataclass(frozen=True)
class Change:
    """name: the new name of a tag. text: a remark or note, "" to clear it."""

    action: str
    tag: Tag | None = None
    name: str = ""
    text: str = ""

    @classmethod
    def from_step(cls, step: EditStep) -> Change:
        return cls(step.action, step.tag, step.name, step.text)

    @property
    def kind(self) -> ChangeKind:
        return kind_of(self.action)


@dataclass(frozen=True)
class SkipRule:
    """A reason to skip a follower. text: the reason for users.

    applies: whether it applies to a follower in this state, with this new text. filter_ids: the
    same for many row ids; returns those it applies to.
    """

    reason: str
    text: Promise
    applies: Callable[[rows.FollowerState, str], bool]
    filter_ids: Callable[[BitMap64, FollowerSets, Change], BitMap64]


class ChangeKind:
    """One kind of change. FollowerKind and TagKind add what is specific to followers and to tags.

    action: its value in EditStep.action. path: of its API call, "" if none is made. permission:
    without the app label (accounts.access). subject: what the user must choose. label, title: its
    name without and with the tag or text (%(what)s). heading: of its page, with the
    number of followers (%(count)s; format_heading). inverse: the action that undoes it, "" if none.
    related_actions: the actions that change the same data; a sync records external changes under
    the first of them. overwrite_warnings: how many other texts (%(number)s) a new text
    replaces, and how many an empty one deletes.
    """

    action: ClassVar[str]
    path: ClassVar[str] = ""
    permission: ClassVar[str]
    heading: ClassVar[Promise]
    subject: ClassVar[Literal["", "tag", "text"]] = ""
    label: ClassVar[Promise]
    title: ClassVar[Promise | None] = None
    is_tag_change: ClassVar[bool] = False
    inverse: ClassVar[str] = ""
    related_actions: ClassVar[tuple[str, ...]] = ()
    overwrite_warnings: ClassVar[tuple[Promise, ...]] = ()
    followers_per_step: ClassVar[int] = 1
    skip_rules: ClassVar[tuple[SkipRule, ...]] = ()

    def open(self, step: EditStep, client: Client) -> Stage:
        """Return the step as a stage for the engine."""
        raise NotImplementedError

    def check(self, account: OfficialAccount, change: Change, *, is_emptied: bool = False) -> None:
        """Raise ChangeRefused if WeChat would refuse the change for every follower.

        is_emptied: the tag to be deleted is removed from its followers before.
        """

    def unchanged_ids(self, steps: Sequence[EditStep]) -> dict[int, BitMap64]:
        """By step, the row ids of followers who are still as it changed them, with no change since.

        steps: of this kind and of one run, at least one.
        """
        return {step.pk: BitMap64() for step in steps}

    def unchanged_texts(self, steps: Sequence[EditStep]) -> dict[int, dict[int, str]]:
        """Of a kind that sets texts: the same with the text that each had before."""
        return {step.pk: {} for step in steps}

    def stored_text(self, change: Change) -> str:
        """The value of EditStep.text."""
        return change.text

    def format_heading(self, number: int, count: str) -> str:
        """number: of followers; count: the same as the list shows it."""
        return str(self.heading % {"number": number, "count": count})  # type: ignore[operator]

    def format_title(self, value: str, former_name: str = "") -> str:
        """The title with this tag name or text. former_name: of a renamed tag."""
        return str(self.title) % {"what": value} if self.title and value else str(self.label)


K = TypeVar("K", bound=ChangeKind)
_kinds: dict[str, ChangeKind] = {}


def register(kind: type[K]) -> type[K]:
    _kinds[kind.action] = kind()
    return kind


def kind_of(action: str) -> ChangeKind:
    """Raises KeyError for an unknown action."""
    return _kinds[action]


def kinds(*, for_tags: bool | None = None) -> Iterator[ChangeKind]:
    """All kinds, or only those of tags or of followers, in the order of the pages."""
    return (kind for kind in _kinds.values() if for_tags in (None, kind.is_tag_change))


def actions(*, for_tags: bool | None = None) -> list[str]:
    return [kind.action for kind in kinds(for_tags=for_tags)]


def check_text(text: str, max_bytes: int) -> None:
    """Raise ChangeRefused for a text that WeChat would refuse. max_bytes: in UTF-8."""
    flaw = text_problem(text, max_bytes)
    if flaw == TOO_LONG:
        raise ChangeRefused(
            _(
                "This text has %(size)s bytes; WeChat allows %(most)s. A Chinese character has 3, "
                "a letter or digit 1."
            )
            % {"size": len(text.encode()), "most": max_bytes}
        )
    if flaw:
        raise ChangeRefused(_("This text must not have line breaks or control characters."))
