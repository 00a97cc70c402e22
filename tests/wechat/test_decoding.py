import pytest

from followers.wechat import decoding
from followers.wechat.errors import Retriable

from .fake import IDS, TAGS, page


@pytest.mark.parametrize(
    "content",
    [
        b'{"remark":"a\x07\x14\x08\n\tb"}',
        b'{"remark":"a\xff\xfeb"}',
        b'\xef\xbb\xbf{"remark":"ab"}',
    ],
)
def test_invalid_characters_in_json_are_tolerated(content):
    remark = decoding.decode_json(content)["remark"]
    assert remark[0] + remark[-1] == "ab"


@pytest.mark.parametrize("content", [b"", b"<html>", b'{"a":', b"[" * 100_000])
def test_not_json(content):
    assert decoding.decode_json(content) is decoding.NOT_JSON


@pytest.mark.parametrize(
    ("answer", "code"),
    [({}, 0), ({"errcode": 0}, 0), ({"errcode": "0"}, 0), ({"errcode": None}, 0),
     ({"errcode": "40013"}, 40013), ({"errcode": -1}, -1)],
)  # fmt: skip
def test_errcode(answer, code):
    assert decoding.errcode(answer) == code


@pytest.mark.parametrize("answer", [[], "ok", None, 7, {"errcode": "x"}, {"errcode": []}])
def test_errcode_of_an_unexpected_response(answer):
    with pytest.raises(Retriable) as caught:
        decoding.errcode(answer)
    assert caught.value.kind == "shape"


def test_openid_page():
    assert decoding.openid_page(page(*IDS)) == decoding.OpenidPage(3, IDS, IDS[-1])


def test_blank_openids_are_removed_and_repeated_ones_are_not():
    odd = ["", IDS[0], " ", None, IDS[0], IDS[1] + "\r"]
    answer = page(*IDS, data={"openid": odd})
    assert decoding.openid_page(answer).openids == (IDS[0], IDS[0], IDS[1])


@pytest.mark.parametrize(
    ("answer", "is_last"),
    [
        (page(*IDS), False),
        (page(), True),
        (page(next_openid=IDS[0]), True),
        (page(*IDS, next_openid=""), True),
        (page(*IDS, next_openid=None), True),
        (page(*IDS, data=None), True),
        (page(*IDS, data=[]), True),
        (page(*IDS, data={"openid": None}), True),
        (page(*IDS, data={"openid": []}), True),
        (page(*IDS, data={"openid": [""]}), True),
        (page(*IDS, total=0), False),
    ],
)
def test_is_last(answer, is_last):
    assert decoding.openid_page(answer).is_last is is_last


@pytest.mark.parametrize(
    "answer",
    [
        page(data="oops"),
        page(data=[1]),
        page(data={"openid": "oFake"}),
        page(data={"openid": [7]}),
        page(data={"openid": [["oFake"]]}),
        page("<script>"),
        page("o" * 65),
        page(*IDS, next_openid=7),
        page(*IDS, next_openid="not an id"),
    ],
)
def test_an_invalid_page_is_not_the_last_one(answer):
    with pytest.raises(Retriable) as caught:
        decoding.openid_page(answer)
    assert caught.value.kind == "shape"


@pytest.mark.parametrize(
    ("total", "number"),
    [(23000, 23000), ("23000", 23000), (None, None), ("many", None), (True, None), (-5, None)],
)
def test_total_is_a_number_or_none(total, number):
    assert decoding.openid_page(page(*IDS, total=total)).total == number


@pytest.mark.parametrize("expires_in", [7200, "7200", 7200.0])
def test_access_token(expires_in):
    token = decoding.access_token({"access_token": "t0ken", "expires_in": expires_in})
    assert (token.value, token.expires_in) == ("t0ken", 7200)
    assert "t0ken" not in repr(token)


@pytest.mark.parametrize(
    "answer",
    [{}, {"access_token": "t"}, {"access_token": 7, "expires_in": 7200}, {"expires_in": 7200},
     {"access_token": "", "expires_in": 7200}, {"access_token": "a\nb", "expires_in": 7200},
     {"access_token": "t", "expires_in": 0}, {"access_token": "t", "expires_in": "soon"}],
)  # fmt: skip
def test_a_response_without_a_token(answer):
    with pytest.raises(Retriable):
        decoding.access_token(answer)


def test_empty_page_of_a_tag():
    assert decoding.openid_page({"count": 0}) == decoding.OpenidPage(None, (), "")


def test_tags():
    assert decoding.tags({"tags": TAGS}) == (
        decoding.TagInfo(2, "星标组", 0),
        decoding.TagInfo(127, "广东", 5),
    )
    assert decoding.tags({"tags": []}) == ()


def test_a_tag_is_parsed_leniently():
    odd = {"id": "127", "name": "VIP\x07🎈\ud83d", "count": "5"}
    assert decoding.tags({"tags": [odd]}) == (decoding.TagInfo(127, "VIP🎈", 5),)


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"tags": None},
        {"tags": ""},
        {"tags": {}},
        {"tags": [None]},
        {"tags": [{"name": "广东", "count": 5}]},
        {"tags": [{"id": 127, "count": 5}]},
        {"tags": [{"id": 127, "name": "广东"}]},
        {"tags": [{"id": -1, "name": "广东", "count": 5}]},
    ],
)
def test_an_invalid_list_of_tags_is_refused(answer):
    with pytest.raises(Retriable) as caught:
        decoding.tags(answer)
    assert caught.value.kind == "shape"


def test_a_new_tag_has_no_followers():
    created = decoding.new_tag({"tag": {"id": 134, "name": "广东"}})
    assert created == decoding.TagInfo(134, "广东", 0)


@pytest.mark.parametrize("answer", [{}, {"tag": None}, {"tag": []}, {"tag": {"name": "广东"}}])
def test_a_new_tag_without_id(answer):
    with pytest.raises(Retriable):
        decoding.new_tag(answer)


@pytest.mark.parametrize(
    ("numbers", "quota"),
    [
        ({"daily_limit": 500, "used": 7, "remain": 493}, (500, 7)),
        ({"daily_limit": "500", "used": "7"}, (500, 7)),
        ({}, (0, 0)),
    ],
)
def test_quota(numbers, quota):
    answer = {"errcode": 0, "errmsg": "ok", "quota": numbers, "rate_limit": {"call_count": 1}}
    assert decoding.quota(answer) == decoding.Quota(*quota)


@pytest.mark.parametrize("answer", [{}, {"quota": None}, {"quota": 500}])
def test_a_response_without_a_quota(answer):
    with pytest.raises(Retriable):
        decoding.quota(answer)
