"""One Chinese word for each thing, in every text that we translate."""

import re
from pathlib import Path

import django
import pytest
from babel.messages.catalog import Message
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from django.utils import translation

from tests.admin.shared import theme
from tests.stack import ROOT

LOCALE = ROOT / "followers/locale/zh_Hans/LC_MESSAGES"
GUIDES = ["README.zh-CN.md", "docs/guide.zh-CN.md"]


def texts(name: str = "django") -> list[tuple[str, str]]:
    """Each msgid with its Chinese."""
    with (LOCALE / f"{name}.po").open("rb") as file:
        found = [message for message in read_po(file) if message.id]
    return [(first(message.id), first(message.string)) for message in found]


def first(text: str | list[str] | tuple[str, ...]) -> str:
    """The singular of a plural."""
    return text if isinstance(text, str) else text[0]


def context(message: Message) -> str | None:
    """Compiled files give it in bytes."""
    raw = message.context
    return raw.decode() if isinstance(raw, bytes) else raw


# Not this, but that: what WeChat's own back end says.
WORDS = [
    ("帐号", "账号"),
    ("注销", "退出登录"),
    ("登出", "退出登录"),
    ("工作人员", "成员"),
    ("员工", "成员"),
    ("后台同事", "成员"),
    ("用户组", "角色"),
    ("超级用户", "管理员"),
    ("首次发现", "首次同步到"),
    ("首次看到", "首次同步到"),
    ("微信内置", "系统标签"),
    ("微信自带", "系统标签"),
    ("微信编号", "标签 ID"),
    ("名粉丝", "位粉丝"),
    ("个粉丝", "位粉丝"),
    (r"\)s 名", "位"),
    (r"(?<!内部)备注(?!名)", "备注名 or 内部备注"),
    (r"(?<!二维码)场景(?!值)|(?<!二维码)场景值", "二维码场景值"),
    ("带参数二维码场景值|二维码参数|二维码场景编号|二维码场景文本", "二维码场景值"),
    ("取关", "取消关注"),
    ("拉黑", "加入黑名单"),
    ("净增(?!人数)", "净增人数"),
    ("公布的默认值", "微信默认上限"),
    ("微信的回答", "微信返回信息"),
    ("重新关注者", "重新关注"),
    ("白名单(?<!IP白名单)", "IP白名单"),
    ("该接口今天", "the function's name"),
    ("增加", "添加"),
    ("成功添加|成功修改|成功删除", "已添加, 已保存, 已删除"),
    ("(?<!您)你(?!们)", "您"),
]


@pytest.mark.parametrize(("never", "instead"), WORDS)
@pytest.mark.parametrize("name", ["django", "djangojs"])
def test_one_thing_has_one_word(name, never, instead):
    assert [(msgid, said) for msgid, said in texts(name) if re.search(never, said)] == []


@pytest.mark.parametrize(("never", "instead"), WORDS)
@pytest.mark.parametrize("page", GUIDES)
def test_the_guides_use_the_same_words(page, never, instead):
    lines = (ROOT / page).read_text().splitlines()
    assert [line for line in lines if re.search(never, line)] == []


# English term: what its Chinese holds, wherever a text speaks of it.
TERMS = [
    (r"\bblacklist(?!ed)", "黑名单"),
    (r"\bremarks?\b", "备注名"),
    (r"\binternal notes?\b", "内部备注"),
    (r"\bIP whitelist\b", "IP白名单"),
    (r"\bQR scenes?\b", "二维码场景值"),
    (r"\bfollowed again\b", "重新关注"),
    (r"\bchannels?\b(?! live)", "渠道"),
    (r"\bsync runs?\b", "同步记录"),
]


@pytest.mark.parametrize(("term", "word"), TERMS)
def test_a_term_is_always_translated_alike(term, word):
    # “WeChat Channels” is 视频号, another product.
    spoken = [it for it in texts() if re.search(term, it[0]) and "WeChat Channels" not in it[0]]
    assert spoken
    assert [it for it in spoken if word not in it[1]] == []


@pytest.mark.parametrize("name", ["django", "djangojs"])
def test_what_is_compiled_is_what_is_written(name):
    with (LOCALE / f"{name}.mo").open("rb") as file:
        compiled = {(context(it), first(it.id)): first(it.string) for it in read_mo(file) if it.id}
    with (LOCALE / f"{name}.po").open("rb") as file:
        written = {(context(it), first(it.id)): first(it.string) for it in read_po(file) if it.id}
    assert compiled == written


def of_django() -> set[str]:
    """What Django's own pages say: its translators are some releases behind."""
    home, found = Path(django.__file__).parent, set()
    for part in ("contrib/admin", "contrib/auth", "forms"):
        for page in (home / part).rglob("*.html"):
            found.update(theme.of_template(page.read_text()))
        for module in (home / part).rglob("*.py"):
            found.update(theme.of_module(module.read_text()))
    return found


def test_every_text_of_django_is_translated():
    with translation.override("zh-hans"):
        same = [text for text in of_django() if translation.gettext(text) == text]
    assert [text for text in same if re.search("[A-Za-z]{2}", re.sub(r"%\(\w+\)s", "", text))] == []


def of_ours() -> set[str]:
    modules = ((ROOT / "followers").rglob("*.py"), theme.of_module)
    pages = ((ROOT / "templates").rglob("*.html"), theme.of_template)
    return {
        it for paths, read in (modules, pages) for path in paths for it in read(path.read_text())
    }


def test_every_text_of_ours_is_translated():
    """Those of the theme and of Django, which have their own words for them, too."""
    written = {msgid for msgid, text in texts() if text}
    with translation.override("zh-hans"):
        # The template tag doubles what stands for itself.
        ours = {it.replace("%%", "%") for it in of_ours()}
        same = {it for it in ours - written if translation.gettext(it) == it}
    assert {it for it in same if re.search("[A-Za-z]{2}", re.sub(r"%\(\w+\)s", "", it))} == set()
