"""What is wrong with a file, as a code: the process that reads knows no languages."""

from typing import Any


class FileError(ValueError):
    """The file as a whole cannot be read.

    code: a key of `sentences.SENTENCES`; params: what its sentence names.
    """

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(code)
        self.code, self.params = code, params
