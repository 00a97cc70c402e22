"""Tables of files, as an import sees them."""

import io
from collections.abc import Iterator
from contextlib import contextmanager

from followers.files.reading import read_file
from followers.imports.options import Options
from followers.imports.reading import Line, Table


@contextmanager
def table_of(data: bytes | str, **options: object) -> Iterator[Table]:
    file = io.BytesIO(data.encode() if isinstance(data, str) else data)
    with read_file(file) as reading:
        yield Table(reading, Options(**options))


def lines_of(data: bytes | str, **options: object) -> list[Line]:
    with table_of(data, **options) as table:
        return list(table.lines())
