import re

from followers.sandbox.http.server import PAGE
from followers.sandbox.people import console

from ..caller import Caller


def test_the_page_gets_the_faults_by_group(wechat: Caller):
    catalogue = wechat.get("/sandbox/faults")
    shown = re.findall(r"\b(\w+): \"", re.search(r"groups: \{(.*?)\}", html(), re.DOTALL)[1])
    assert {fault["group"] for fault in catalogue} == set(shown)


def test_the_page_knows_where_each_fault_makes_sense(wechat: Caller):
    paths = {fault["name"]: fault["paths"] for fault in wechat.get("/sandbox/faults")}
    known = wechat.get("/sandbox/endpoints")
    assert paths["45009"] is None
    assert paths["short"] == ["/cgi-bin/user/info/batchget"]
    assert len(known) == 22
    assert all(set(one or ()) <= set(known) for one in paths.values())


def test_every_change_at_random_has_a_name_on_the_page():
    for kinds in re.findall(r"kinds: \{(.*?)\}", html(), re.DOTALL):
        assert set(re.findall(r"(\w+): \"", kinds)) == set(console.CHANGE_WEIGHTS)


def test_the_page_is_served(wechat: Caller):
    response = wechat.response("/")
    assert response.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "这是模拟环境" in response.content.decode()


def test_the_page_loads_nothing_from_elsewhere():
    assert not re.search(r"https?://|src=|@import", html())


def test_both_languages_of_the_page_say_the_same_things():
    chinese, english = re.search(
        r"  zh: \{(.*?)\n  \},\n  en: \{(.*?)\n  \},", without_strings(), re.DOTALL
    ).groups()
    keys = re.findall(r"\w+(?=:)", chinese)
    assert len(keys) > 30
    assert sorted(keys) == sorted(re.findall(r"\w+(?=:)", english))


def without_strings() -> str:
    return re.sub(r'"[^"\n]*"', '""', html())


def html() -> str:
    return PAGE.decode()
