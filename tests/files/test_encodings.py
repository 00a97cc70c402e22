import io

import pytest

from followers.files.encodings import detect_encoding, usual_characters
from followers.files.errors import FileError

TRADITIONAL = "openid,remark\noA1,老客戶\noA2,張小姐\noA3,高雄門市\n"
SIMPLIFIED = "openid,remark\noA1,老客户\noA2,张小姐\noA3,高雄门店\n"


def detected(data):
    return detect_encoding(io.BytesIO(data))


def refused(data):
    with pytest.raises(FileError) as error:
        detected(data)
    return error.value.code


@pytest.mark.parametrize("text", [TRADITIONAL, SIMPLIFIED, "openid,remark\noA1,堃喆\noA2,王😀\n"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_what_is_read(text, encoding):
    data = text.encode(encoding)
    assert data.decode(detected(data)).lstrip("\ufeff") == text


@pytest.mark.parametrize(
    "text",
    [
        TRADITIONAL,
        "客戶",
        "新客",
        "的一是不了人我在有",
        "ABC,中文備註",
        "openid," * 9000 + "老客戶",
    ],
)
def test_big5_is_not_taken_for_gb18030(text):
    assert refused(text.encode("big5")) == "other_encoding"


def test_characters_of_nobody_are_refused():
    text = "openid,remark\noA1," + "老客户" * 9
    assert refused(text.encode("gb18030") + b"\xaa\xa1") == "unknown_encoding"


@pytest.mark.parametrize(
    "data", [b"\x89PNG\r\n\0\0", b"a\0b", b"\xff\xfe\x00", "é,x".encode("latin-1")]
)
def test_what_is_no_text(data):
    assert refused(data) == "no_text"


def test_usual_characters_are_of_both_scripts():
    assert {"户", "戶", "，", "１"} <= usual_characters()
    assert not {"穝", "ρ", "\ue000"} & usual_characters()
