"""The client, as the rest of the project uses it."""

from followers.wechat import paths

from .fake import IDS, TOKEN, FakeTransport, fake_client, page

USER_GET = "/cgi-bin/user/get"


def test_a_walk_through_all_pages():
    transport = FakeTransport(page(*IDS), page())
    client = fake_client(transport)
    first = client.user_get()
    last = client.user_get(first.next_openid)
    assert (first.openids, first.is_last, last.is_last) == (IDS, False, True)
    assert transport.query() == {"access_token": f"{TOKEN}1", "next_openid": IDS[-1]}
    assert client.calls == {paths.STABLE_TOKEN: 1, USER_GET: 2}


def test_the_first_page_sends_no_cursor():
    transport = FakeTransport(page(*IDS))
    fake_client(transport).user_get()
    assert "next_openid" not in transport.query()


def test_callback_ips():
    transport = FakeTransport({"ip_list": ["203.0.113.1", "203.0.113.0/25"]})
    assert fake_client(transport).callback_ips() == ["203.0.113.1", "203.0.113.0/25"]
