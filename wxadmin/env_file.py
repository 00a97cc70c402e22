"""Reads the .env file; errors name the file and the line."""

import os
import re
from dataclasses import dataclass
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

LINE = re.compile(r"(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*)")
QUOTED = re.compile(r"""(["'])(.*)\1""")
# Byte order marks that Windows Notepad writes as "Unicode".
UTF_16 = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True)
class EnvFile:
    """The path of the file and whether it exists; str() gives both, for messages."""

    path: Path
    exists: bool

    def __str__(self) -> str:
        return f"{self.path} (which {'was read' if self.exists else 'is not there'})"


def load(requested: str, default: Path) -> EnvFile:
    """Add the file's variables to the environment, without replacing existing ones.

    `requested`: value of ENV_FILE; if not blank, this file must exist.
    """
    path = Path(requested.strip() or default)
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        if requested.strip():
            raise ImproperlyConfigured(f"ENV_FILE names {path}, which is not there.") from None
        return EnvFile(path, exists=False)
    except OSError as error:
        raise ImproperlyConfigured(
            f"{path} cannot be read by the user who runs this ({error.strerror}): let this user "
            f"read it, or set ENV_FILE={os.devnull} where the environment has every variable."
        ) from None
    for name, value in parse(_decode(path, data), path).items():
        os.environ.setdefault(name, value)
    return EnvFile(path, exists=True)


def _decode(path: Path, data: bytes) -> str:
    """Decode UTF-8, with or without a byte order mark."""
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
    """Parse `NAME=value` lines; values are not expanded, so that a $ stays a $.

    Quotation marks around a whole value are removed.
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
        found[parts[1]] = _unquote(parts[2])
    return found


def _unquote(value: str) -> str:
    quoted = QUOTED.fullmatch(value)
    if quoted is None:
        return value
    # Within double quotation marks, a backslash escapes the next character, except n, r and t.
    return re.sub(r"\\([^nrt])", r"\1", quoted[2]) if quoted[1] == '"' else quoted[2]
