from django.utils.translation import override

from followers.wechat.sources import (
    SOURCES,
    USER_SOURCE_BY_SCENE,
    USER_SOURCES,
    user_source_name,
)


def test_numbers_have_names():
    with override("zh-hans"):
        assert user_source_name(0) == "其他"
        assert user_source_name(30) == "扫描二维码"


def test_a_number_that_is_not_documented_is_shown_as_it_is():
    assert user_source_name(43) == "43"


def test_every_number_is_that_of_a_scene():
    assert set(USER_SOURCE_BY_SCENE.values()) == USER_SOURCES.keys()
    assert len(USER_SOURCES) == 10


def test_a_scene_has_the_name_of_its_number():
    named = {s: SOURCES[s] for s, number in USER_SOURCE_BY_SCENE.items() if number}
    assert named == {s: USER_SOURCES[USER_SOURCE_BY_SCENE[s]] for s in named}


def test_scenes_whose_number_is_not_documented():
    unknown = {"ADD_SCENE_PROFILE_ITEM", "ADD_SCENE_ACCOUNT_MIGRATION"}
    assert SOURCES.keys() - USER_SOURCE_BY_SCENE.keys() == unknown
    assert USER_SOURCE_BY_SCENE.keys() <= SOURCES.keys()
