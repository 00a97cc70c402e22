"""How a file is to be taken: what whoever imports it decides."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import BinaryIO

from ..files.reading import BLOCK


@dataclass(frozen=True)
class Options:
    """replace_tags: a line takes away the tags that it does not name. include_hidden: rows and
    columns that are hidden in the sheet are read, too. keep_commas: a tag's name may hold commas.

    columns: chosen by hand, column → place from 0, with header_row: the number of the row that
    names them, 0 for none. None: as the names in the file say.
    """

    replace_tags: bool = False
    include_hidden: bool = False
    keep_commas: bool = False
    columns: Mapping[str, int] | None = None
    header_row: int = 0

    def fingerprint(self, digest: str) -> str:
        """Says which import this is: the same file, taken in the same way, has the same one."""
        text = json.dumps([digest, asdict(self)], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()


def digest_of(file: BinaryIO) -> str:
    """Of a file's bytes."""
    file.seek(0)
    digest = hashlib.sha256()
    while block := file.read(BLOCK):
        digest.update(block)
    return digest.hexdigest()
