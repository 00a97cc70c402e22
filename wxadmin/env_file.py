"""The file with environment variables: read as it is meant, or refused with its name and line."""

import os
import re
from dataclasses import dataclass
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

LINE = re.compile(r"(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*)")
QUOTED = re.compile(r"""(["'])(.*)\1""")
# Beginnings that Windows Notepad's "Unicode" writes.
UTF_16 = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True)
class EnvFile:
    """A file that was read, or was not there; as text, it says which."""

    path: Path
    is_there: bool

    def __str__(self) -> str:
        return f"{self.path} (which {'was read' if self.is_there else 'is not there'})"


def load(named: str, usual: Path) -> EnvFile:
    """Put the file's variables into the environment, which wins.

    `named`: a file that somebody has asked for, and that must be there.
    """
    path = Path(named.strip() or usual)
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        if named.strip():
            raise ImproperlyConfigured(f"ENV_FILE names {path}, which is not there.") from None
        return EnvFile(path, is_there=False)
    except OSError as error:
        raise ImproperlyConfigured(
            f"{path} cannot be read by the user who runs this ({error.strerror}): let this user "
            f"read it, or set ENV_FILE={os.devnull} where the environment has every variable."
        ) from None
    for name, value in parse(_decoded(path, data), path).items():
        os.environ.setdefault(name, value)
    return EnvFile(path, is_there=True)


def _decoded(path: Path, data: bytes) -> str:
    """UTF-8, with the mark that Windows Notepad puts before it or without."""
    if data.startswith(UTF_16) or b"\0" in data:
        raise ImproperlyConfigured(
            f"{path}, line 1: the file is UTF-16 or no text at all. Save it as UTF-8."
        )
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ImproperlyConfigured(
            f"{path}, line {line}: there are bytes that are not UTF-8 (GBK, perhaps). Save the "
            "file as UTF-8."
        ) from None


def parse(text: str, path: Path) -> dict[str, str]:
    """The variables of `NAME=value` lines; values are taken as they are, a $ is a $.

    Quotation marks around a whole value fall away.
    """
    found = {}
    for number, line in enumerate(re.split(r"\r\n|\r|\n", text), start=1):
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        if not (parts := LINE.fullmatch(line)):
            raise ImproperlyConfigured(
                f"{path}, line {number}: it is neither NAME=value nor a comment that begins with #."
            )
        found[parts[1]] = _unquoted(parts[2])
    return found


def _unquoted(value: str) -> str:
    quoted = QUOTED.fullmatch(value)
    if quoted is None:
        return value
    # Between double quotation marks, a backslash protects what follows (but for n, r and t).
    return re.sub(r"\\([^nrt])", r"\1", quoted[2]) if quoted[1] == '"' else quoted[2]
