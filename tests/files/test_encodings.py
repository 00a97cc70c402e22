import io
from random import Random

import pytest

from followers.files.encodings import detect_encoding, usual_characters
from followers.files.errors import FileError

TRADITIONAL = "openid,remark\noA1,老客戶\noA2,張小姐\noA3,高雄門市\n"
SIMPLIFIED = "openid,remark\noA1,老客户\noA2,张小姐\noA3,高雄门店\n"

KOREAN = (
    "김철수 이영희 박민수 최지우 정수빈 강하늘 조성모 윤도현 장동건 임창정 한지민 오연서 서강준 "
    "신동엽 권상우 황정민 안재욱 송중기 류준열 전지현 단골손님"
)


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


@pytest.mark.parametrize(
    ("data", "line"),
    [
        ("openid,remark\noA1,张三丰".encode()[:-1], 2),
        ("openid,remark\noA1,张三丰".encode()[:-2], 2),
        ("…张三丰".encode()[:-1], 1),
        ("openid,remark\noA1,老客户\n".encode() + b"oA2,Bob\x92s\noA3,x\n", 3),
        ("老客户\n".encode() * 500_000 + "\xe9t\xe9".encode("latin-1"), 500_001),
    ],
)
def test_utf_8_that_is_damaged(data, line):
    with pytest.raises(FileError) as error:
        detected(data)
    assert (error.value.code, error.value.params) == ("damaged_utf_8", {"line": line})


@pytest.mark.parametrize("end", ["", "\n"])
def test_gbk_is_never_taken_for_damaged_utf_8(end):
    usual = "".join(sorted(usual_characters())).encode("gb2312", "ignore").decode("gb2312")
    signs = [it for it in usual if it >= "\u4e00"]
    chance = Random(1)
    for _number in range(300):
        names = ["".join(chance.choices(signs, k=3)) for _row in range(chance.randint(2, 9))]
        text = "openid,remark\n" + "\n".join(f"oA1,{name}" for name in names) + end
        assert detected(text.encode("gbk")) == "gb18030"


@pytest.mark.parametrize(
    ("text", "encoding", "code"),
    [
        ("Müller", "cp1252", "unknown_encoding"),
        ("Jürgen", "latin-1", "unknown_encoding"),
        ("Bob’s", "cp1252", "unknown_encoding"),
        ("Müller\noA2,Jürgen\noA3,Äußerst\noA4,Große", "latin-1", "unknown_encoding"),
        ("田中", "cp932", "other_encoding"),
        ("山田太郎\noA2,鈴木一郎", "cp932", "other_encoding"),
        ("佐藤さん\noA2,お客様", "cp932", "other_encoding"),
        (KOREAN, "euc-kr", "other_encoding"),
    ],
)
def test_other_encodings_are_not_taken_for_gb18030(text, encoding, code):
    assert refused(f"openid,remark\noA1,{text}\n".encode(encoding, "ignore")) == code


@pytest.mark.parametrize(
    "text",
    ["王珺", "VIP客户A", "A店\noB,B店", "喆", "C老师", "Li先生", "昇"],
)
def test_short_files_of_gbk_are_read(text):
    assert detected(f"openid,remark\noA1,{text}\n".encode("gbk")) == "gb18030"


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
