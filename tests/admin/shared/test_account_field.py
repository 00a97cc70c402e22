"""Forms that ask for an account."""

import pytest

FORMS = {
    "/admin/followers/follower/import/": "followers",
    "/admin/followers/channel/import/": "channels",
    "/admin/followers/segment/paste/": "segments",
}


@pytest.fixture
def client(make_staff, account):
    channels = ("view_channel", "add_channel", "change_channel")
    return make_staff(account, "view_follower", "import_followers", "add_segment", *channels)


@pytest.mark.parametrize("address", FORMS, ids=FORMS.values())
@pytest.mark.parametrize("several", [False, True])
def test_whoever_has_but_one_account_need_not_choose(client, account, foreign, address, several):
    if several:
        foreign.members.add(*account.members.all())
    answer = client.get(address, headers={"accept-language": "zh-hans"})
    assert answer.status_code == 200
    assert account.name in answer.text
    assert (">选择公众号<" in answer.text) is several
