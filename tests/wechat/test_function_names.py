"""Every called function has a name."""

import re

import pytest
from django.utils import translation

from followers.wechat import function_names, paths
from followers.wechat.errors import explain
from tests.stack import ROOT


def test_every_path_that_is_called_has_a_name():
    called = {path for name, path in vars(paths).items() if name.isupper()}
    assert "/cgi-bin/user/get" in called
    assert called - function_names.FUNCTION_NAMES.keys() == {paths.CALLBACK_IP}


def test_paths_are_defined_in_one_module():
    modules = {
        path.relative_to(ROOT / "followers").as_posix()
        for path in (ROOT / "followers").rglob("*.py")
        if re.search(r"/(cgi-bin|datacube)/\w", path.read_text()) and "sandbox" not in path.parts
    }
    # The bots of WeCom groups have one of their own.
    assert modules - {"alerts/addresses.py"} == {"wechat/paths.py"}


@pytest.mark.parametrize(
    ("params", "sentence"),
    [
        ({"path": "/cgi-bin/user/get"}, "今天“获取粉丝名单”的次数已用完。"),
        ({"path": "/cgi-bin/tags/members/batchtagging"}, "今天“打标签”的次数已用完。"),
        ({"path": "/cgi-bin/new/one"}, "今天“/cgi-bin/new/one”的次数已用完。"),
        ({}, "今天该接口的次数已用完。"),
    ],
)
def test_a_used_up_quota_names_the_function(params, sentence):
    with translation.override("zh-hans"):
        assert explain(45009, "api", params).meaning == sentence


@pytest.mark.parametrize("code", [48001, 48004, 50001, 61007])
def test_a_missing_permission_names_the_function(code):
    with translation.override("zh-hans"):
        assert (
            "“获取黑名单”"
            in explain(code, "api", {"path": "/cgi-bin/tags/members/getblacklist"}).meaning
        )


def test_the_permission_to_look_for_is_that_of_the_function():
    with translation.override("zh-hans"):
        advice = explain(48001, "api", {"path": "/datacube/getusersummary"}).advice
    assert advice.endswith("并拥有“获取用户增减数据”的权限。")
