"""The client against the sandbox over HTTP, for each of its faults."""

import pytest

from followers.sandbox import FAULTS, Sandbox
from followers.wechat.client import Client
from followers.wechat.errors import Fatal, Limited, Retriable, WeChatError

USER_GET = "/cgi-bin/user/get"
FOLLOWERS, PAGE_SIZE = 23, 10
# Faults of user/get or of every call; the others have their own tests.
SCOPES = {"all", "token", "api", "list", "walk", "last"}

# fault: class, kind and code of the error that is raised
ERRORS = {
    "40125": (Fatal, "api", 40125),
    "40013": (Fatal, "api", 40013),
    "40243": (Fatal, "api", 40243),
    "40164": (Fatal, "api", 40164),
    "61004": (Fatal, "api", 61004),
    "89503": (Limited, "api", 89503),
    "48001": (Fatal, "api", 48001),
    "48004": (Fatal, "api", 48004),
    "50002": (Fatal, "api", 50002),
    "45009": (Limited, "api", 45009),
    "45011": (Limited, "api", 45011),
    "-1": (Retriable, "api", -1),
    "40001": (Retriable, "api", 40001),
    "40014": (Retriable, "api", 40014),
    "42001": (Retriable, "api", 42001),
    "40003": (Fatal, "api", 40003),
    "slow": (Retriable, "timeout", None),
    "timeout": (Retriable, "timeout", None),
    "drip": (Retriable, "timeout", None),
    "drip_headers": (Retriable, "timeout", None),
    "reset": (Retriable, "connection", None),
    "truncated": (Retriable, "connection", None),
    "http_500": (Retriable, "http", None),
    "http_502": (Retriable, "http", None),
    "http_503": (Retriable, "http", None),
    "http_429": (Retriable, "http", None),
    "not_json": (Retriable, "garbage", None),
    "empty_body": (Retriable, "garbage", None),
    "json_list": (Retriable, "shape", None),
    "json_string": (Retriable, "shape", None),
}
# fault: number of followers found by a walk of at most five pages, and whether it reached the end
WALKS = {
    "text_plain": (FOLLOWERS, True),
    "invalid_utf8": (FOLLOWERS, True),
    "control_characters": (FOLLOWERS, True),
    "numbers_as_text": (FOLLOWERS, True),
    "duplicates": (FOLLOWERS, True),
    "blank_ids": (FOLLOWERS, True),
    "total_drifts": (FOLLOWERS, True),
    "total_lies": (FOLLOWERS, True),
    "no_next_openid": (FOLLOWERS, True),
    "data_null": (0, True),
    "openid_null": (0, True),
    "empty_list": (0, True),
    "ends_early": (PAGE_SIZE, True),
    "endless": (PAGE_SIZE, False),
    "repeated_cursor": (2 * PAGE_SIZE, False),
    "cycle": (2 * PAGE_SIZE, False),
}


@pytest.fixture(scope="module")
def shared_sandbox():
    with Sandbox(followers=FOLLOWERS, page_size=PAGE_SIZE) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(shared_sandbox):
    shared_sandbox.reset()
    yield shared_sandbox
    shared_sandbox.clear()


def client_of(sandbox, **options):
    options = {"pauses": (0, 0), "deadline": 30} | options
    return Client(sandbox.app_id, sandbox.app_secret, base_url=sandbox.url, **options)


def walk(client, pages=5):
    """The openids of at most `pages` pages, and whether the list has ended."""
    found, cursor = [], ""
    for _page in range(pages):
        page = client.user_get(cursor)
        found += page.openids
        if page.is_last:
            return found, True
        cursor = page.next_openid
    return found, False


def test_every_fault_has_an_expectation():
    usual = {name for name, kind in FAULTS.items() if kind.scope in SCOPES}
    # A list that leaves followers out is a valid answer: only a sync can tell.
    assert set(ERRORS) | set(WALKS) == usual - {"omits"}


@pytest.mark.parametrize("fault", ERRORS)
def test_a_fault_becomes_an_error(sandbox, fault):
    kind = ERRORS[fault][1]
    sandbox.fault(fault)
    client = client_of(sandbox, deadline=0.4 if kind == "timeout" else 30)
    with client, pytest.raises(WeChatError) as caught:
        walk(client)
    error = caught.value
    assert (type(error), error.kind, error.code) == ERRORS[fault]


@pytest.mark.parametrize("fault", WALKS)
def test_a_fault_is_tolerated(sandbox, fault):
    sandbox.fault(fault)
    with client_of(sandbox) as client:
        found, ended = walk(client)
    assert (len(set(found)), ended) == WALKS[fault]
    assert set(found) <= sandbox.followers()


@pytest.mark.parametrize("fault", [name for name, row in ERRORS.items() if row[0] is Retriable])
def test_a_temporary_fault_is_retried(sandbox, fault):
    sandbox.fault(fault, count=1)
    with client_of(sandbox, read_timeout=0.4 if ERRORS[fault][1] == "timeout" else 15) as client:
        assert len(walk(client)[0]) == FOLLOWERS


def test_a_walk_without_faults(sandbox):
    with client_of(sandbox) as client:
        found, ended = walk(client)
    assert (set(found), len(found), ended) == (sandbox.followers(), FOLLOWERS, True)
    assert client.calls[USER_GET] == 4


def test_page_size():
    with Sandbox(followers=23_000) as sandbox, client_of(sandbox) as client:
        assert [len(client.user_get().openids), client.user_get().total] == [10_000, 23_000]


def test_the_ip_address_to_whitelist(sandbox):
    sandbox.fault("40164", ip="198.51.100.23")
    with client_of(sandbox) as client, pytest.raises(Fatal) as caught:
        client.user_get()
    assert caught.value.params["ip"] == "198.51.100.23"


@pytest.mark.parametrize(
    ("app_id", "secret", "code"), [("wx" + "0" * 16, None, 40013), (None, "0" * 32, 40125)]
)
def test_wrong_credentials(sandbox, app_id, secret, code):
    client = Client(
        app_id or sandbox.app_id, secret or sandbox.app_secret, base_url=sandbox.url, pauses=()
    )
    with client, pytest.raises(Fatal) as caught:
        client.callback_ips()
    assert caught.value.code == code


def test_callback_addresses(sandbox):
    with client_of(sandbox) as client:
        assert client.callback_ips()


def test_a_client_with_a_fixed_token(sandbox):
    with client_of(sandbox) as client:
        assert len(walk(client.with_fixed_token())[0]) == FOLLOWERS
