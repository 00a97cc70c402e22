"""Which tags a cell means: those of the account by their exact names, others to be created."""

import re
from collections.abc import Iterable, Mapping

from ..files.cells import plain
from ..models import Tag

# Commas of every script, and the Chinese semicolon; the ASCII one is ours.
_COMMAS = re.compile("[,，、﹐﹑､،；﹔]")


class TagNames:
    """asked: names with commas that no tag has, and what they are split into."""

    def __init__(self, tags: Mapping[str, Tag], *, keep_commas: bool) -> None:
        self.asked: dict[str, list[str]] = {}
        self._keep = keep_commas
        self._exact = {name: name for name in tags}
        # No cell can say the blanks around a name, or marks that nobody sees.
        self._written = {plain(name): name for name in tags}

    def meant(self, names: Iterable[str]) -> set[str]:
        """The names of the tags that a line means."""
        return {tag for name in names for tag in self._meant(name)}

    def _meant(self, name: str) -> list[str]:
        if known := self._known(name):
            return [known]
        parts = [part for part in map(plain, _COMMAS.split(name)) if part]
        if not _COMMAS.search(name):
            return [name]
        # Separators alone name no tag, and there is nothing to ask.
        if not parts:
            return []
        self.asked[name] = parts
        return [name] if self._keep else [self._known(part) or part for part in parts]

    def _known(self, name: str) -> str:
        return self._exact.get(name) or self._written.get(name, "")
