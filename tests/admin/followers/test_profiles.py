"""Tags, sources, channels and the rest of what WeChat tells: in the list and on a person's page."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.utils.translation import override

from followers.admin.followers.columns import COLUMNS
from followers.admin.followers.profile_words import language
from followers.models import Channel, Follower, FollowerTag, OfficialAccount, StaffPreference, Tag
from followers.sync.state import ListingState
from followers.wechat.sources import SOURCES, source_name
from tests.factories import LONG_AGO, begin, end, follow, make_unsubscribed

LIST = "/admin/followers/follower/"
ENGLISH = {"accept-language": "en"}
HOSTILE = "<script>alert(1)</script>\"'{{ 7 }}\u202eevil😀"


@pytest.fixture
def reader(make_staff, account):
    return make_staff(account, "view_follower")


@pytest.fixture
def vip(account) -> Tag:
    return Tag.objects.create(account=account, wechat_id=100, name="vip-Gold")


def tag(follower: Follower, *tags: Tag) -> Follower:
    FollowerTag.objects.bulk_create(FollowerTag(follower=follower, tag=it) for it in tags)
    return follower


def page_of(follower: Follower) -> str:
    return f"{LIST}{follower.pk}/change/"


def both(client, follower: Follower, language: str = "en") -> list[str]:
    """The list with all of its columns, and the person's page."""
    for user in User.objects.all():
        chosen = {"follower_columns": list(COLUMNS)}
        StaffPreference.objects.update_or_create(user=user, defaults=chosen)
    wanted = {"accept-language": language}
    return [client.get(at, headers=wanted).content.decode() for at in (LIST, page_of(follower))]


# --- in the list and on the page --------------------------------------------------------------


def test_what_wechat_tells_is_shown(account, reader, vip):
    follower = tag(
        follow(
            account,
            "oOne",
            remark="Zhang San",
            unionid="o6_union",
            language="zh_CN",
            subscribe_time=datetime(2024, 10, 31, 4, tzinfo=UTC),
            subscribe_scene="ADD_SCENE_QR_CODE",
            qr_scene=1043,
            blacklisted=True,
        ),
        vip,
    )
    for page in both(reader, follower):
        for text in ("Zhang San", "o6_union", "Simplified Chinese", "2024-10-31", "QR code"):
            assert text in page
        for text in ("1043", "vip-Gold", "Blacklisted"):
            assert text in page
    assert "扫描二维码" in both(reader, follower, "zh-hans")[0]


def test_tags_keep_their_letters_and_their_colour(account, reader, vip):
    pages = both(reader, tag(follow(account, "a"), vip))
    label = '<span class="wx-label wx-tag wx-hue-4"><bdi>vip-Gold</bdi></span>'
    assert all(label in page for page in pages)


def test_of_many_tags_the_list_shows_some_and_the_page_all(account, reader):
    tags = [
        Tag.objects.create(account=account, wechat_id=n, name=f"T{n}.") for n in range(100, 107)
    ]
    listed, page = both(reader, tag(follow(account, "a"), *tags))
    assert "+5" in listed
    assert all(f"<bdi>{it.name}</bdi></span>" in page for it in tags)


def test_columns_are_shown_once_there_is_something_to_show(account, reader, vip):
    follow(account, "a")
    vip.delete()
    names = ("field-tagged", "field-came_from", "field-followed")
    assert not [name for name in names if name in reader.get(LIST).content.decode()]
    tag(
        follow(account, "b", subscribe_scene="ADD_SCENE_PAID", subscribe_time=LONG_AGO),
        Tag.objects.create(account=account, wechat_id=100, name="x"),
    )
    assert not [name for name in names if name not in reader.get(LIST).content.decode()]


def test_the_channel_gives_the_scene_a_name(account, foreign, reader):
    Channel.objects.create(account=account, scene="1043", name="南京西路店", group="华东")
    Channel.objects.create(account=foreign, scene="1043", name="elsewhere")
    follower = follow(account, "a", subscribe_scene="ADD_SCENE_QR_CODE", qr_scene=1043)
    for page in both(reader, follower):
        assert "南京西路店" in page
        assert "1043" in page
        assert "elsewhere" not in page
    assert "华东" in both(reader, follower)[1]


def test_a_scene_may_be_a_text(account, reader):
    Channel.objects.create(account=account, scene="store_7", name="Seventh")
    follower = follow(account, "a", subscribe_scene="ADD_SCENE_QR_CODE", qr_scene_str="store_7")
    assert all("Seventh" in page and "store_7" in page for page in both(reader, follower))


def test_a_scene_that_is_not_documented_is_shown_as_it_is(account, reader):
    follower = follow(account, "a", subscribe_scene="ADD_SCENE_FROM_2031", language="tlh")
    assert all("ADD_SCENE_FROM_2031" in page and "tlh" in page for page in both(reader, follower))


def test_every_documented_scene_has_words():
    assert len(SOURCES) == 13
    assert not [scene for scene in SOURCES if source_name(scene) == scene]


@pytest.mark.parametrize(
    ("code", "words"), [("en", "英文"), ("zh_HK", "繁体中文（香港）"), ("x", "x")]
)
def test_languages_in_words(code, words):
    with override("zh-hans"):
        assert language(code) == words


def test_what_is_left_of_the_old_fields_is_shown_only_where_it_is(account, reader):
    old = follow(account, "a", legacy={"nickname": "阿明", "sex": 1, "city": "苏州"})
    page = both(reader, old)[1]
    for text in ("Earlier profile", "阿明", "<bdi>male</bdi>", "苏州"):
        assert text in page
    assert "Earlier profile" not in both(reader, follow(account, "b"))[1]


@pytest.mark.parametrize(
    "field", ["remark", "subscribe_scene", "qr_scene_str", "language", "unionid", "legacy"]
)
def test_hostile_profiles_are_shown_as_text(account, reader, field):
    text = HOSTILE[:16] if field == "language" else HOSTILE
    value = {"nickname": text} if field == "legacy" else text
    follower = follow(account, "a", **{"subscribe_scene": "ADD_SCENE_QR_CODE", field: value})
    for page in both(reader, follower):
        assert "<script>alert" not in page
        assert field == "legacy" or "&lt;script&gt;" in page


def test_hostile_tags_and_channels_are_shown_as_text(account, reader):
    Channel.objects.create(account=account, scene="7", name=HOSTILE, group=HOSTILE)
    tags = Tag.objects.create(account=account, wechat_id=100, name=HOSTILE)
    query = f"?tags__id__exact={tags.pk}&scene={HOSTILE}&channel_group={HOSTILE}"
    follower = tag(follow(account, "a", subscribe_scene="x", qr_scene=7), tags)
    pages = [*both(reader, follower), reader.get(LIST + query).content.decode()]
    for page in pages:
        assert "<script>alert" not in page
        assert "&lt;script&gt;" in page
        assert "\u202eevil</bdi>" not in page


# --- the timeline -----------------------------------------------------------------------------


def hints(client, follower: Follower) -> list[tuple[str, str]]:
    timeline = client.get(page_of(follower), headers=ENGLISH).context["timeline"]
    return [(event.text, event.hint) for event in timeline]


def test_the_time_of_following_has_its_place_in_the_timeline(account, reader):
    OfficialAccount.objects.update(baseline_at=LONG_AGO)
    follower = follow(account, "a", subscribe_time=LONG_AGO - timedelta(days=400))
    assert [text for text, _hint in hints(reader, follower)] == ["Present at the start", "Followed"]


@pytest.mark.parametrize(
    ("state", "hint"),
    [
        (ListingState(gone=3000, asked=300), "of 3,000 missing people 300 were asked"),
        (ListingState(gone=3), "was not asked"),
        (ListingState(gone=3, asked=3, approved=True), "a member of staff confirmed"),
    ],
)
def test_the_timeline_says_how_sure_it_is(account, reader, make_run, state, hint):
    run = make_run(account, "succeeded", state=state)
    run.stages.update(walk_started_at=LONG_AGO)
    follower = make_unsubscribed(account, "a")
    end(follower, LONG_AGO)
    assert hint in dict(hints(reader, follower))["Unfollowed"]


def test_who_was_asked_about_directly_is_known_to_have_left(account, reader, make_run):
    follower = make_unsubscribed(account, "a")
    end(follower, LONG_AGO, ended_before=LONG_AGO, ended_confirmed=True)
    assert "so when asked about this" in dict(hints(reader, follower))["Unfollowed"]


def test_who_was_missing_and_asked_about_is_known_to_have_left(account, reader):
    follower = make_unsubscribed(account, "a")
    later = LONG_AGO + timedelta(minutes=5)
    end(follower, LONG_AGO, ended_before=later, ended_confirmed=True)
    assert "Confirmed: missing" in dict(hints(reader, follower))["Unfollowed"]


def test_an_unfollow_found_by_a_sync_lies_between_two_moments(account, reader):
    follower = make_unsubscribed(account, "a")
    days = [LONG_AGO + timedelta(days=number) for number in range(3)]
    end(follower, days[1], ended_after=days[0], ended_before=days[2])
    hint = dict(hints(reader, follower))["Unfollowed"]
    assert hint.endswith("Between 2024-01-01 08:00 and 2024-01-03 08:00.")


def test_a_return_found_by_a_sync_lies_between_two_moments(account, reader):
    follower = follow(account, "a")
    days = [LONG_AGO + timedelta(days=number) for number in range(3)]
    end(follower, days[0])
    begin(follower, days[2], began_after=days[1])
    hint = dict(hints(reader, follower))["Followed again"]
    assert hint.endswith("Between 2024-01-02 08:00 and 2024-01-03 08:00.")


@pytest.mark.parametrize(
    ("by", "hint"), [("event", "WeChat told it at once."), ("missed", "Not noticed at the time")]
)
def test_the_timeline_says_what_was_told_and_what_was_missed(account, reader, by, hint):
    follower = make_unsubscribed(account, "a")
    end(follower, LONG_AGO, ended_by=by)
    begin(follower, LONG_AGO + timedelta(days=1), began_by=by)
    told = dict(hints(reader, follower))
    assert told["Unfollowed"].startswith(hint)
    assert told["Followed again"].startswith(hint)


def test_what_wechat_said_of_a_subscription_is_told_once(account, reader):
    at = LONG_AGO + timedelta(days=2)
    follower = follow(account, "a", subscribe_time=at)
    end(follower, LONG_AGO + timedelta(days=1))
    begin(follower, at, began_by="profile")
    texts = [text for text, _hint in hints(reader, follower)]
    assert texts == ["Followed again", "Unfollowed", "First seen"]
