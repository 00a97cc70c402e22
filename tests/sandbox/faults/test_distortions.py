import pytest

from followers.sandbox import FAULTS, Sandbox

from ..caller import BATCHGET, BLACKLIST, LIST, TAG_FOLLOWERS, TAGS, Caller, ids
from ..conftest import Start

TAGGING = "/cgi-bin/tags/members/batchtagging"
CURSORS = {TAG_FOLLOWERS: "next_openid", BLACKLIST: "begin_openid"}
OF_PAGES = [name for name, kind in FAULTS.items() if kind.group == "list"]


@pytest.fixture
def wechat(start: Start) -> Caller:
    """Sixty people, each with every tag and blocked, in pages of ten."""
    caller = start(followers=60, tags=1, tag_percent=100, blacklist_page_size=10, blank_id=False)
    for openid in caller.sandbox.followers():
        caller.sandbox.change(openid, blacklisted=True)
    assert caller.token
    return caller


def tag(wechat: Caller) -> int:
    return max(wechat.sandbox.tags())


def first(wechat: Caller, path: str, cursor: str = "") -> dict[str, object]:
    if path == LIST:
        return wechat.page(cursor)
    return wechat.call(path, tagid=tag(wechat), **{CURSORS[path]: cursor})


def walk(wechat: Caller, path: str, most: int = 12) -> list[dict[str, object]]:
    pages = [first(wechat, path)]
    while pages[-1].get("next_openid") and len(pages) < most:
        pages.append(first(wechat, path, pages[-1]["next_openid"]))
    return pages


LISTS = pytest.mark.parametrize("path", [LIST, *CURSORS])


@LISTS
def test_undisturbed(wechat: Caller, path: str):
    pages = walk(wechat, path)
    assert [page["count"] for page in pages] == [10] * 6 + [0]
    assert set(ids(pages)) == wechat.sandbox.followers()


@LISTS
@pytest.mark.parametrize("name", OF_PAGES)
def test_faults_of_pages_work_on_every_list(wechat: Caller, path: str, name: str):
    honest = walk(wechat, path)
    wechat.sandbox.fault(name, path=path, **({"people": 9} if name == "omits" else {}))
    spoilt = walk(wechat, path)
    # A tag's list tells no total, so that none can be wrong.
    total = name.startswith("total") and path == TAG_FOLLOWERS
    assert (spoilt == honest) is total


@LISTS
def test_an_empty_list_has_the_shape_of_its_kind(wechat: Caller, path: str):
    wechat.sandbox.fault("empty_list", path=path)
    total = {} if path == TAG_FOLLOWERS else {"total": 0, "next_openid": ""}
    assert walk(wechat, path) == [{"count": 0} | total]


@LISTS
def test_a_walk_that_ends_early(wechat: Caller, path: str):
    wechat.sandbox.fault("ends_early", path=path, after=1)
    assert len(ids(walk(wechat, path))) == 20


@LISTS
def test_a_lost_place(wechat: Caller, path: str):
    wechat.sandbox.fault("40003", path=path, count=1)
    page = first(wechat, path)
    assert first(wechat, path, page["next_openid"])["errcode"] == 40003
    assert first(wechat, path, page["next_openid"])["count"] == 10


@LISTS
def test_the_same_people_are_omitted_on_every_walk(wechat: Caller, path: str):
    fault = wechat.sandbox.fault("omits", path=path, people=9)
    walks = [set(ids(walk(wechat, path))) for _ in range(3)]
    omitted = fault.openids[wechat.sandbox.app_id]
    assert len(omitted) == 9
    assert walks == [wechat.sandbox.followers() - omitted] * 3


@pytest.mark.parametrize(("counted", "total"), [(1, 60), (0, 51)])
def test_the_total_may_know_the_omitted(wechat: Caller, counted: int, total: int):
    wechat.sandbox.fault("omits", people=9, counted=counted)
    assert {page["total"] for page in walk(wechat, LIST)} == {total}


def test_a_page_of_omitted_people_does_not_end_the_walk(start: Start):
    wechat = start(followers=60, page_size=1)
    wechat.sandbox.fault("omits", people=30)
    assert len(ids(wechat.walk(most=90))) == 30


def test_the_omitted_stay_the_same_while_people_move(wechat: Caller):
    fault = wechat.sandbox.fault("omits", people=9)
    wechat.page()
    before = fault.openids[wechat.sandbox.app_id]
    wechat.sandbox.population.leave(sorted(before)[:5])
    wechat.page()
    assert fault.openids[wechat.sandbox.app_id] == before


def test_those_who_leave_are_not_among_the_omitted(wechat: Caller):
    fault = wechat.sandbox.fault("omits", people=9)
    walk(wechat, LIST)
    gone = wechat.sandbox.population.leave(20)
    listed = set(ids(walk(wechat, LIST)))
    assert listed == wechat.sandbox.followers() - fault.openids[wechat.sandbox.app_id]
    assert not listed & set(gone)


def test_a_large_list_omits_fifty_by_default():
    with Sandbox(20_000) as sandbox, Caller(sandbox) as wechat:
        sandbox.fault("omits")
        pages = wechat.walk()
    assert len(ids(pages)) == 19_950
    assert pages[-1]["total"] == 20_000


def test_half_of_a_tag(wechat: Caller):
    wechat.sandbox.fault("tag_cut_short")
    assert [page["count"] for page in walk(wechat, TAG_FOLLOWERS)] == [5, 0]
    assert wechat.get(TAGS, access_token=wechat.token)["tags"][-1]["count"] == 60
    assert len(ids(walk(wechat, BLACKLIST))) == 60


def test_nothing_of_a_tag(wechat: Caller):
    wechat.sandbox.fault("tag_empty")
    assert walk(wechat, TAG_FOLLOWERS) == [{"count": 0}]


@pytest.mark.parametrize("name", ["tag_cut_short", "tag_empty"])
def test_an_unknown_tag_stays_unknown(wechat: Caller, name: str):
    wechat.sandbox.fault(name)
    assert wechat.call(TAG_FOLLOWERS, tagid=99)["errcode"] == 45159


def batch(wechat: Caller) -> list[dict[str, object]]:
    return wechat.batch(sorted(wechat.sandbox.followers())[:9])["user_info_list"]


def test_unionids_shifted_by_one(wechat: Caller):
    honest = batch(wechat)
    wechat.sandbox.fault("misaligned")
    spoilt = batch(wechat)
    assert [row["openid"] for row in spoilt] == [row["openid"] for row in honest]
    expected = [*(row["unionid"] for row in honest[1:]), None]
    assert [row.get("unionid") for row in spoilt] == expected


def test_unionids_shifted_without_a_trace(wechat: Caller):
    honest = [row["unionid"] for row in batch(wechat)]
    wechat.sandbox.fault("misaligned", around=1)
    assert [row["unionid"] for row in batch(wechat)] == [*honest[1:], honest[0]]


def test_people_who_left_have_no_unionid_to_shift(wechat: Caller):
    everybody = sorted(wechat.sandbox.followers())[:4]
    wechat.sandbox.population.leave(everybody[1:2])
    wechat.sandbox.fault("misaligned", around=1)
    rows = wechat.batch(everybody)["user_info_list"]
    assert ["unionid" in row for row in rows] == [True, False, True, True]


def test_a_batch_that_lacks_people(wechat: Caller):
    honest = batch(wechat)
    wechat.sandbox.fault("short", rows=2)
    spoilt = batch(wechat)
    assert len(spoilt) == 7
    assert all(row in honest for row in spoilt)


def test_a_batch_in_another_order(wechat: Caller):
    honest = batch(wechat)
    wechat.sandbox.fault("shuffled")
    assert batch(wechat) == honest[::-1]


def test_a_batch_without_its_list(wechat: Caller):
    wechat.sandbox.fault("profiles_missing")
    assert wechat.batch(sorted(wechat.sandbox.followers())[:2]) == {}


def test_a_refused_batch(wechat: Caller):
    wechat.sandbox.fault("40003", path=BATCHGET, count=1)
    openids = sorted(wechat.sandbox.followers())[:2]
    assert wechat.batch(openids)["errcode"] == 40003
    assert len(wechat.batch(openids)["user_info_list"]) == 2


@pytest.mark.parametrize("name", ["45159", "45169"])
def test_refused_tagging(wechat: Caller, name: str):
    wechat.sandbox.fault(name, count=1)
    body = {"openid_list": sorted(wechat.sandbox.followers())[:1], "tagid": 2}
    assert [wechat.call(TAGGING, **body)["errcode"] for _ in range(2)] == [int(name), 0]


@pytest.mark.parametrize(
    "name", [name for name, kind in FAULTS.items() if kind.scope == "profiles"]
)
def test_faults_of_profiles_leave_errors_alone(wechat: Caller, name: str):
    wechat.sandbox.fault(name)
    assert wechat.batch(["oNobody"])["errcode"] == 40003


@pytest.mark.parametrize(
    ("name", "path"), [("duplicates", BATCHGET), ("short", LIST), ("omits", TAGS)]
)
def test_faults_where_they_make_no_sense(wechat: Caller, name: str, path: str):
    with pytest.raises(ValueError, match="does not concern"):
        wechat.sandbox.fault(name, path=path)


def test_profiles_are_counted_in_the_log(wechat: Caller):
    batch(wechat)
    assert (wechat.sandbox.log[-1]["path"], wechat.sandbox.log[-1]["ids"]) == (BATCHGET, 9)
