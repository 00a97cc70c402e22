import pytest

from followers.files.cells import (
    FLAWS,
    escape_formula,
    flaw,
    plain,
    read_cell,
    read_id,
    unescape_formula,
)

ID = "oA1_-b"


@pytest.mark.parametrize(
    "text",
    [
        *("#N/A", "#VALUE!", "#REF!", "#DIV/0!", "#NUM!", "#NAME?", "#NULL!", "#SPILL!", "#CALC!"),
        *("#GETTING_DATA", "#FIELD!", "#BLOCKED!", "#UNKNOWN!", "#CONNECT!", "#BUSY!", "#ERROR!"),
        *("#n/a", " #N/A ", "＃N/A", "Err:502", "错误:502", "错误：504", "########"),
        *("#VALOR!", "#名称?", "錯誤:502", "#ERR!", "#DIV/0", "#WERT!", "#BEZUG!", "#ZAHL!"),
        *("#VALEUR!", "#NOM?", "#¡VALOR!", "#¿NOMBRE?", "#VALORE!", "#RIF!", "#N/DISP", "#ЗНАЧ!"),
        *("#ИМЯ?", "#Н/Д", "#值!", "#引用!", "#除以0!", "Loading...", "正在加载...", "##"),
        *("Loading…", "加载中...", "＃名称？", "Ошибка:502", "Erreur :502"),
    ],
)
def test_errors_of_every_spreadsheet(text):
    assert "error of a formula" in flaw(text)


@pytest.mark.parametrize(
    "text",
    [
        *("#1", "#VIP", "N/A", "# N/A?", "Err: none", "#", "客户#REF!店", "#1 客户", "#标签#"),
        *("C#老师", "#1!", "加载", "正在联系...", "Loading", "?", "？？", "在吗??"),
    ],
)
def test_what_only_looks_like_an_error(text):
    assert flaw(text) == ""


@pytest.mark.parametrize(
    "text",
    [
        *("1.38E+10", "1.38e+10", "-4.2E+09", "1E-05", "4,29E+09", "110101199001010000"),
        *("1.38e10", "1.38E10", "4.4E17", "13.8E+09", "1.38 E+10", "¥1.38E+10", "1.38E+10元"),
        *("1.23456789012345e17", "1.38×10^10", "1234567890123450", "1234567890123000"),
        *("123,456,789,012,345,000", "123456789012345000.00", "￥1.38E+10", "-¥1.38E+10"),
        *("123 456 789 012 345 000", "１.３８Ｅ＋１０"),
    ],
)
def test_numbers_that_a_spreadsheet_rounded(text):
    assert "rounded" in flaw(text)


@pytest.mark.parametrize(
    "text",
    [
        *("13800138000", "1E5", "E+10", "6222021234567891", "1.5", "A1E+10", "1号", "+86 138"),
        *("2024-01-01", "50%", "10000", "100,000", "¥100", "1.5e2", "3*10^3", "110101199001011234"),
        *("138 0013 8000", "+86 13800138000", "2024-01-01 10:00", "A=B", "000000000000000000"),
    ],
)
def test_numbers_that_are_whole(text):
    assert flaw(text) == ""


def test_a_sentence_names_the_text_and_not_all_of_it():
    assert "“#N/A”" in flaw("#N/A")
    assert len(flaw("老" + "\ue000" * 1000)) < 200
    assert all("%(text)s" in sentence for sentence in FLAWS.values())


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (f"\ufeff{ID}", ID),
        (f"\u200b{ID}\u200e", ID),
        (f"\u00a0{ID}\u3000", ID),
        (f'="{ID}"', ID),
        ('="say ""hi"""', 'say "hi"'),
        ("'=1+1", "=1+1"),
        ("'-oA", "-oA"),
        ("'", "'"),
        ("👨\u200d👩\u200d👧", "👨\u200d👩\u200d👧"),
        ("a\r\nb", "a\nb"),
        ("=客户=", "=客户="),
        ("+86 138", "+86 138"),
        ("=)", "=)"),
        ("=(", "=("),
        ("=_=", "=_="),
        ("A=B", "A=B"),
        ("=v:abc", "=v:abc"),
        ("=[微笑]", "=[微笑]"),
        ("=张三(北京)老客户", "=张三(北京)老客户"),
    ],
)
def test_a_cell_means_what_it_looks_like(cell, text):
    assert read_cell(cell) == text


@pytest.mark.parametrize(
    "cell",
    [
        *(None, "=VLOOKUP(A2,B:C,2)", "=A1&B1", "=$A$1", "='表 1'!A1", "=1+1", '="a"&B1', "=-A1"),
        *('=TEXT(B2,"0")&"号"', "=[@备注]", '=LEFT(A1,3)&"x"', '=IF(A1=1,"a","b")&"c"'),
        *("=SUM(A1)+1", "=TODAY()-A1", "=[1]S!A1", "=[Book1.xlsx]Sheet1!A1", "=Sheet.1!A1"),
        *("=表1[备注]", "= VLOOKUP(A1,B:C,2,0)", "=RC[-1]", "=A:A", "=#REF!", "=#REF!+1", "=TRUE"),
        *(
            "=R[1]C",
            "=R1C1",
            "=$A:$B",
            "=#N/A",
            "=@A1",
            "=(A1+B1)*2",
            "=Table1[[#This Row],[备注]]",
        ),
        *("=[@备注]&[@姓名]", "=#DIV/0!"),
    ],
)
def test_formulas_that_were_never_calculated(cell):
    assert read_cell(cell) is None


def test_a_formula_that_is_meant_as_text_is_text():
    assert read_cell(escape_formula("=VLOOKUP(A2)")) == "=VLOOKUP(A2)"


@pytest.mark.parametrize("text", [f'="{ID}"', f'"{ID}"', f"\u2060{ID}", f"\u200d{ID}", f" {ID} "])
def test_ids_as_they_are_pasted(text):
    assert read_id(text) == ID


def test_texts_that_look_alike_are_the_same():
    assert plain("VIP\u200b") == plain("\ufeffVIP ") == "VIP"


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "\t=1",
        "\rx",
        "\tx",
        "  =1",
        "\n=1",
        "\u3000=1",
        "\ufeff=1",
        "\u200b=1",
        "\u202e=1",
        "＝1",
        "＋1",
        "－1",
        "＠x",
        "'=1",
        "''  @x",
    ],
)
def test_cells_that_a_spreadsheet_would_run_get_an_apostrophe(text):
    assert escape_formula(text) == f"'{text}"


@pytest.mark.parametrize("text", ["??", "???", "????"])
def test_questions_alone_are_what_was_lost(text):
    assert "wrong encoding" in flaw(text)


@pytest.mark.parametrize(
    "text", ["", "张三", "a=b", "o-X_1", "'", "it's", "<b>", "😀 عربي", "a\nb"]
)
def test_harmless_cells_stay_as_they_are(text):
    assert escape_formula(text) == text


def test_control_characters_are_dropped_before_the_formula_is_looked_for():
    assert escape_formula("\x00=1") == "'=1"
    assert escape_formula("a\x07b\x7fc\td") == "abc\td"


@pytest.mark.parametrize("text", ["=1+1", "'=1", "it's", "'", "", "  @x", "''"])
def test_what_was_escaped_is_unescaped(text):
    assert unescape_formula(escape_formula(text)) == text
