"""The shared access token, and the client for an account."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import translation

from followers.accounts import client as clients
from followers.accounts.client import StoredTokens, check_connection, client_for
from followers.accounts.credentials import replace_secret
from followers.models import EPOCH, AccessToken, OfficialAccount
from followers.rows.clock import db_now
from followers.sandbox import Sandbox
from followers.wechat.errors import Retriable
from followers.wechat.tokens import AccessToken as FreshToken
from tests.sync.driver import SECRET, FakeWeChat, sync
from tests.sync.test_lease import in_threads


class TokenSource:
    """Returns the tokens t1, t2, …; calls `meanwhile` during each request."""

    def __init__(self, lifetime=7200, meanwhile=lambda: None):
        self.count, self.lifetime, self.meanwhile = 0, lifetime, meanwhile
        self.max_blocks = len(connection.atomic_blocks)

    def __call__(self):
        assert len(connection.atomic_blocks) <= self.max_blocks, "a fetch within a transaction"
        self.count += 1
        number = self.count
        self.meanwhile()
        return FreshToken(f"t{number}", self.lifetime)


@pytest.fixture
def tokens(account, monkeypatch):
    monkeypatch.setattr(clients, "POLL_SECONDS", 0.01)
    return StoredTokens(account.pk)


@pytest.fixture
def fetch():
    return TokenSource()


def stored_token():
    return AccessToken.objects.get()


def column_values(table, column):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM {table}")
        return [value for (value,) in cursor.fetchall()]


def test_a_token_is_requested_once(account, tokens, fetch):
    assert [tokens.current(fetch), tokens.current(fetch)] == ["t1", "t1"]
    assert StoredTokens(account.pk).current(fetch) == "t1"
    assert fetch.count == 1


def test_the_stored_token_is_encrypted(tokens, fetch):
    tokens.current(fetch)
    assert stored_token().value == "t1"
    (stored,) = column_values("followers_accesstoken", "value")
    assert stored.startswith("gAAAA")


def test_each_account_has_its_own_token(tokens, fetch):
    other = OfficialAccount.objects.create(name="Other", app_id="wx0000000000000001")
    assert tokens.current(fetch) == "t1"
    assert StoredTokens(other.pk).current(fetch) == "t2"


@pytest.mark.parametrize(("lifetime", "used_seconds"), [(7200, 7140), (300, 240), (60, 30)])
def test_a_token_is_replaced_before_it_expires(tokens, lifetime, used_seconds):
    tokens.current(TokenSource(lifetime))
    left = (stored_token().use_until - db_now()).total_seconds()
    assert used_seconds - 5 < left <= used_seconds


def test_an_expired_token_is_replaced(tokens, fetch):
    tokens.current(fetch)
    AccessToken.objects.update(use_until=db_now())
    assert tokens.current(fetch) == "t2"


def test_a_refused_token_is_replaced(tokens, fetch):
    assert tokens.replace(tokens.current(fetch), fetch) == "t2"


def test_a_token_that_was_renewed_meanwhile_is_kept(tokens, fetch):
    refused = tokens.current(fetch)
    tokens.replace(refused, fetch)
    assert tokens.replace(refused, fetch) == "t2"
    assert fetch.count == 2


def test_a_refusal_before_there_is_a_row(tokens, fetch):
    assert tokens.replace("t0", fetch) == "t1"


def test_a_failed_fetch_releases_the_claim(tokens, fetch):
    def fails():
        raise Retriable("timeout")

    with pytest.raises(Retriable):
        tokens.current(fails)
    assert (stored_token().fetching_until, stored_token().value) == (EPOCH, "")
    assert tokens.current(fetch) == "t1"


def test_concurrent_processes_request_one_token(transactional_db, account, tokens):
    """The others wait for the response to the first one."""
    barrier = threading.Barrier(5, timeout=10)
    source = TokenSource(meanwhile=barrier.wait)

    def late():
        barrier.wait()
        assert tokens.current(source) == "t1"

    others = threading.Thread(target=in_threads, args=(4, late))
    others.start()
    assert tokens.current(source) == "t1"
    others.join()
    assert source.count == 1


def test_an_expired_claim_is_taken_over(tokens, fetch):
    AccessToken.objects.create(account_id=tokens.account_id, fetching_until=db_now())
    assert tokens.current(fetch) == "t1"


def test_a_current_claim_is_waited_for(tokens, fetch, monkeypatch):
    soon = db_now() + timedelta(seconds=clients.FETCH_SECONDS)
    AccessToken.objects.create(account_id=tokens.account_id, fetching_until=soon)
    waits = []

    def sleep(seconds):
        waits.append(seconds)
        if len(waits) == 3:
            AccessToken.objects.update(value="theirs", use_until=soon, fetching_until=EPOCH)

    monkeypatch.setattr(clients.time, "sleep", sleep)
    assert tokens.current(fetch) == "theirs"
    assert (fetch.count, len(waits)) == (0, 3)


def test_a_process_with_an_expired_claim_stores_nothing(tokens):
    """It was frozen during its call, while another process has fetched a token."""
    other = TokenSource()
    other.count = 10

    def meanwhile():
        source.meanwhile = lambda: None
        AccessToken.objects.update(fetching_until=EPOCH)
        tokens.current(other)

    source = TokenSource(meanwhile=meanwhile)
    tokens.current(source)
    assert stored_token().value == "t11"


def test_a_claim_lasts_longer_than_a_call(settings):
    assert clients.FETCH_SECONDS > settings.SYNC_STEP_SECONDS


def test_replacing_the_secret_deletes_the_token(account, tokens, fetch):
    tokens.current(fetch)
    replace_secret(account, "n3w5ecret")
    assert (stored_token().value, stored_token().use_until) == ("", EPOCH)
    assert OfficialAccount.objects.get().app_secret == "n3w5ecret"
    assert tokens.current(fetch) == "t2"


def test_a_token_fetched_with_the_old_secret_is_not_stored(account, tokens):
    source = TokenSource(meanwhile=lambda: replace_secret(account, "n3w5ecret"))
    tokens.current(source)
    assert stored_token().value == ""


def test_the_secret_is_encrypted(account):
    assert OfficialAccount.objects.get().app_secret == SECRET
    assert all(
        value.startswith("gAAAA")
        for value in column_values("followers_officialaccount", "app_secret")
    )


def test_a_client_has_the_accounts_credentials(account, settings):
    settings.WECHAT_API_BASE_URL = "http://127.0.0.1:1"
    with client_for(account) as client:
        assert client.app_id == account.app_id
        assert SECRET not in repr(vars(client))


# --- connection test ---------------------------------------------------------------------------


@pytest.fixture
def sandbox(account, settings):
    with Sandbox(followers=1234, page_size=100) as sandbox:
        account.app_id, account.app_secret = sandbox.app_id, sandbox.app_secret
        settings.WECHAT_API_BASE_URL = sandbox.url
        yield sandbox


@pytest.fixture
def english():
    with translation.override("en"):
        yield


def test_a_successful_connection(account, sandbox, english):
    result = check_connection(account)
    assert (result.ok, result.total) == (True, 1234)
    assert result.meaning == "Connected: WeChat reports 1,234 followers."
    assert not AccessToken.objects.exists()


def test_a_wrong_secret(account, sandbox, english):
    account.app_secret = "wr0ng"
    result = check_connection(account)
    assert (result.ok, result.total) == (False, None)
    assert "AppSecret is wrong" in result.meaning


def test_an_unknown_app_id(account, sandbox, english):
    account.app_id = "wx0000000000000001"
    assert "does not know this AppID" in check_connection(account).meaning


@pytest.mark.parametrize(
    ("fault", "text"),
    [("40164", "203.0.113.7"), ("48001", "may not use"), ("http_502", "HTTP 502")],
)
def test_other_errors_are_explained(account, sandbox, english, fault, text):
    sandbox.fault(fault)
    result = check_connection(account)
    assert text in result.meaning + result.advice
    assert SECRET not in result.detail


def test_the_connection_test_ignores_the_shared_token(account, sandbox, tokens, fetch):
    """A valid token would hide that the secret is wrong."""
    tokens.current(fetch)
    account.app_secret = "wr0ng"
    assert not check_connection(account).ok
    assert stored_token().value == "t1"


# --- secrets ------------------------------------------------------------------------------------


def database_dump():
    """All values of all tables, as stored."""
    with connection.cursor() as cursor:
        cells = []
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            cells += [str(cell) for line in cursor.fetchall() for cell in line]
    return "\n".join(cells)


FAULTS = [None, "40001", "40125", "48001", "not_json", "http_502", "json_list", "-1"]


@pytest.mark.parametrize("fault", FAULTS)
def test_no_plain_secret_in_the_database_or_in_logs(account, connect, queue, caplog, fault):
    wechat = connect(FakeWeChat())
    with caplog.at_level("DEBUG"):
        if fault:
            wechat.fault(fault, after=1)
        run = sync(account)
    wechat.clear()
    secrets = [SECRET, *wechat.account.tokens._tokens, wechat.account.tokens.issue_stable()[0]]
    assert run.status in ("succeeded", "failed", "waiting")
    for text in (database_dump(), caplog.text):
        assert not any(secret[:20] in text for secret in secrets)
