import pytest

from followers.files.mojibake import is_mojibake

WORDS = ["老客户", "上海旗舰店", "張小姐", "会员😀"]


@pytest.mark.parametrize("text", WORDS)
@pytest.mark.parametrize("wrong", ["latin-1", "cp1252", "gb18030"])
def test_utf_8_that_was_read_as_something_else(text, wrong):
    broken = text.encode().decode(wrong, "replace")
    assert is_mojibake(broken)


@pytest.mark.parametrize("text", ["王小明", "张三丰", "老客户", "王总", "VIP 老客户，上海 3"])
def test_gbk_that_was_read_as_latin_1(text):
    assert is_mojibake(text.encode("gbk").decode("latin-1"))


@pytest.mark.parametrize(
    "text", ["ÍõÐ¡Ã÷", "ÕÅÈý·á", "锟斤拷锟斤拷", "老\ufffd客", "\ue085め", "a\x85b"]
)
def test_signs_of_nobody(text):
    assert is_mojibake(text)


@pytest.mark.parametrize(
    "text",
    [
        *WORDS,
        "",
        "VIP",
        "café",
        "Ñandú",
        "Müller",
        "Jürgen",
        "größer",
        "ação São",
        "CRÉÉE",
        "¿Qué? ¡Sí!",
        "»»»»",
        "°°°°",
        "Þórður Guðjónsson",
        "Ærøskøbing",
        "Å å Ä ä",
        "堃喆",
        "婕",
        "联通",
        "カタカナ",
        "ρ",
        "한국어",
        "Ã",
        "👨‍👩‍👧",
        "，。",
    ],
)
def test_what_people_write(text):
    assert not is_mojibake(text)
