"""Which encoding a text file has, and which of them it only seems to have."""

import codecs
import re
from collections.abc import Iterator
from functools import cache
from typing import BinaryIO

from .errors import FileError

BLOCK = 1 << 20
# So many characters beyond ASCII are looked at to tell Chinese encodings apart.
SAMPLE = 20_000
# Where the bytes of one encoding are read as another's, hardly a character is a usual one.
USUAL_SHARE = 0.8
# Characters of nobody's: no font draws them.
PRIVATE = re.compile("[\ue000-\uf8ff\U000f0000-\U0010ffff]")
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]+")
# A character between ASCII, next to a letter.
_LONE = re.compile(
    r"(?<=[A-Za-z])[^\x00-\x7f](?![^\x00-\x7f])|(?<![^\x00-\x7f])[^\x00-\x7f](?=[A-Za-z])"
)
_KANA = re.compile("[\u3041-\u30ff]")
# So many different characters tell of which kind a whole list is.
ENOUGH = 40
# What `surrogateescape` makes of bytes that are no UTF-8, and all of UTF-8 that takes three bytes
# and more, as Chinese does. GBK is full of what could be UTF-8 of two.
_INVALID = re.compile("[\udc80-\udcff]")
_LONG = re.compile("[\u0800-\ud7ff\ue000-\U0010ffff]")
UTF_16 = {codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


def detect_encoding(file: BinaryIO) -> str:
    """Raises FileError for what is no text, or text in an encoding that nobody can be sure of."""
    file.seek(0)
    if known := UTF_16.get(file.read(2)):
        if _decodes(file, known):
            return known
        raise FileError("no_text")
    if _decodes(file, "utf-8"):
        return "utf-8"
    _check_damage(file)
    if not _decodes(file, "gb18030"):
        raise (
            FileError("other_encoding", name="Big5")
            if _decodes(file, "big5")
            else FileError("no_text")
        )
    _check_chinese(file)
    return "gb18030"


def _check_damage(file: BinaryIO) -> None:
    """UTF-8 that was cut off, or holds a few bytes of another encoding, is often GB18030 as well.

    In real GBK, less than every other byte belongs to what could be Chinese in UTF-8.
    """
    whole = invalid = line = 0
    text = ""
    for text in _decoded(file, "utf-8", "surrogateescape"):
        if not invalid:
            found = _INVALID.search(text)
            line += text.count("\n", 0, found.start() if found else len(text))
        whole += len(_LONG.findall(text))
        invalid += len(_INVALID.findall(text))
    # Last comes what is left of a character that was cut off: it counts as one.
    if invalid and whole > invalid - max(len(text) - 1, 0):
        raise FileError("damaged_utf_8", line=line + 1)


def _decodes(file: BinaryIO, encoding: str) -> bool:
    try:
        return not any("\0" in text for text in _decoded(file, encoding))
    except UnicodeDecodeError:
        return False


def _decoded(file: BinaryIO, encoding: str, errors: str = "strict") -> Iterator[str]:
    decoder = codecs.getincrementaldecoder(encoding)(errors)
    file.seek(0)
    while block := file.read(BLOCK):
        yield decoder.decode(block)
    yield decoder.decode(b"", final=True)


def _check_chinese(file: BinaryIO) -> None:
    """Nearly all bytes of other encodings are GB18030 as well, but mean other characters there:
    those of Big5 private, Greek or rare ones.
    """
    text = _sample(file, "gb18030")
    unusual = _usual(text) < USUAL_SHARE
    if unusual and _decodes(file, "big5") and _usual(_sample(file, "big5")) > _usual(text):
        raise FileError("other_encoding", name="Big5")
    if _is_western(file):
        raise FileError("unknown_encoding")
    if unusual and _decodes(file, "cp932"):
        # In Japan, kana are usual as well.
        kana_as_usual = _KANA.sub("\u3000", _sample(file, "cp932"))
        if _usual(kana_as_usual) >= USUAL_SHARE:
            raise FileError("other_encoding", name="Shift JIS")
    signs = {it for it in text if it >= "\u4e00"}
    if len(signs) >= ENOUGH:
        # The syllables of EUC-KR stand where GB18030 has the usual characters from A to Q alone.
        if all(0xB0 <= it.encode("gb18030")[0] <= 0xC8 for it in signs):
            raise FileError("other_encoding", name="EUC-KR")
        # Names have rare characters, but no list has hardly any other.
        if len(signs & usual_characters()) * 2 < len(signs):
            raise FileError("unknown_encoding")
    if any(PRIVATE.search(it) for it in _decoded(file, "gb18030")):
        raise FileError("unknown_encoding")


def _is_western(file: BinaryIO) -> bool:
    """Müller: a byte beyond ASCII takes the letter that follows for its second half."""
    lone = beyond = 0
    for text in _decoded(file, "gb18030"):
        beyond += sum(map(len, _BEYOND_ASCII.findall(text)))
        lone += sum(map(_swallows, _LONE.findall(text)))
    return lone * 2 > beyond


def _swallows(character: str) -> bool:
    code = character.encode("gb18030")
    return len(code) == 2 and chr(code[1]).isascii() and chr(code[1]).isalpha()


def _sample(file: BinaryIO, encoding: str) -> str:
    found = ""
    for text in _decoded(file, encoding):
        found += "".join(_BEYOND_ASCII.findall(text))
        if len(found) >= SAMPLE:
            break
    return found


def _usual(text: str) -> float:
    return sum(character in usual_characters() for character in text) / max(len(text), 1)


@cache
def usual_characters() -> frozenset[str]:
    """ASCII, the usual Chinese characters of both scripts, punctuation, and full-width letters."""
    simplified = _plane("gb2312", range(0xB0, 0xD8), range(0xA1, 0xFF))
    traditional = _plane("big5", range(0xA4, 0xC7), [*range(0x40, 0x7F), *range(0xA1, 0xFF)])
    signs = [chr(number) for number in [*range(0x3000, 0x3018), *range(0xFF01, 0xFF5F)]]
    ascii_signs = map(chr, range(0x80))
    return frozenset([*simplified, *traditional, *signs, *ascii_signs, *"·“”‘’…—￥×"])


def _plane(encoding: str, first: range, second: "range | list[int]") -> str:
    pairs = (bytes((one, two)) for one in first for two in second)
    text = "".join(pair.decode(encoding, "ignore") for pair in pairs)
    # Big5 has kana in its plane as well.
    return "".join(character for character in text if character >= "\u4e00")
