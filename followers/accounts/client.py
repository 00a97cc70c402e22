"""The client for a stored account, and the access token that all processes share."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ..fields import Undecryptable
from ..models import EPOCH, AccessToken, OfficialAccount
from ..rows.clock import from_now, is_unexpired
from ..wechat import errors
from ..wechat.client import Client
from ..wechat.tokens import AccessToken as FreshToken
from ..wechat.tokens import TokenStore

# A token that expires during a call would be refused. WeChat returns the next one in the last five
# minutes.
EXPIRY_MARGIN_SECONDS = 60
# A longer validity was stored while the clock was ahead.
MAX_TOKEN_SECONDS = 7_200
# Longer than a call may take, so that only the claim of a dead process expires.
FETCH_SECONDS = settings.SYNC_STEP_SECONDS + 5
POLL_SECONDS = 0.2


class StoredTokens(TokenStore):
    """Stores the token in one encrypted row per account, shared by all processes.

    One process at a time requests a token from WeChat, the others wait. No lock or transaction is
    held during the call: the claim is a time in the row, and every update checks its version.
    """

    def __init__(self, account_id: int) -> None:
        self.rows = AccessToken.objects.filter(account=account_id)
        self.account_id = account_id

    def current(self, fetch: Callable[[], FreshToken]) -> str:
        """A valid token, requested from WeChat where there is none."""
        while True:
            row, _created = AccessToken.objects.get_or_create(account_id=self.account_id)
            if row.value and is_unexpired(row.use_until, MAX_TOKEN_SECONDS):
                return row.value
            if not is_unexpired(row.fetching_until, FETCH_SECONDS) and self._claim(row):
                return self._fetch(row.version + 1, fetch)
            time.sleep(POLL_SECONDS)

    def replace(self, refused: str, fetch: Callable[[], FreshToken]) -> str:
        """Another token than `refused`: the stored one if renewed meanwhile, or a new one."""
        row = self.rows.first()
        if row is not None and row.value == refused:
            self._change(row.version, value="", use_until=EPOCH)
        return self.current(fetch)

    def _claim(self, row: AccessToken) -> bool:
        return self._change(row.version, fetching_until=from_now(FETCH_SECONDS))

    def _fetch(self, version: int, fetch: Callable[[], FreshToken]) -> str:
        try:
            token = fetch()
        except BaseException:
            self._change(version, fetching_until=EPOCH)
            raise
        seconds = max(token.expires_in - EXPIRY_MARGIN_SECONDS, token.expires_in / 2)
        until = from_now(min(seconds, MAX_TOKEN_SECONDS))
        self._change(version, value=token.value, use_until=until, fetching_until=EPOCH)
        return token.value

    def _change(self, version: int, **values: object) -> bool:
        values["version"] = version + 1
        return self.rows.filter(version=version).update(**values) == 1


def client_for(account: OfficialAccount, deadline: float | None = None) -> Client:
    """A client with the account's credentials and the shared token.

    deadline: seconds for a call, by default SYNC_STEP_SECONDS. Raises Fatal if the stored AppSecret
    cannot be decrypted.
    """
    _check_secret(account)
    return Client(
        account.app_id,
        account.app_secret,
        base_url=settings.WECHAT_API_BASE_URL,
        tokens=StoredTokens(account.pk),
        deadline=settings.SYNC_STEP_SECONDS if deadline is None else deadline,
    )


def _check_secret(account: OfficialAccount) -> None:
    if isinstance(account.app_secret, Undecryptable):
        raise errors.Fatal("secret")


@dataclass(frozen=True, slots=True)
class ConnectionTest:
    """The result of a connection test; `total` is WeChat's count of followers.

    `calls`: number of calls by path, to be recorded (followers.accounts.usage).
    """

    ok: bool
    total: int | None
    meaning: str
    advice: str
    detail: str
    calls: Mapping[str, int] = field(default_factory=dict)


# A user waits for the page.
TEST_SECONDS = 12


def check_connection(account: OfficialAccount) -> ConnectionTest:
    """Request a token and the first page of followers, as a sync would; changes nothing.

    Only this call distinguishes a missing permission, a wrong secret and an unlisted IP address.
    """
    calls: Mapping[str, int] = {}
    try:
        _check_secret(account)
        with _test_client(account) as client:
            try:
                total = client.user_get().total or 0
            finally:
                # Refused calls count, too.
                calls = client.take_calls()
    except errors.WeChatError as error:
        explanation = errors.explain(error.code, error.kind, error.params)
        advice = explanation.advice
        if error.fate is not errors.Fate.STOP:
            # The usual advice says that the call is retried automatically; a test is not.
            advice = _("Test again in a while. A sync would wait by itself.")
        return ConnectionTest(False, None, explanation.meaning, advice, explanation.detail, calls)
    meaning = ngettext(
        "Connected: WeChat reports %(count)s follower.",
        "Connected: WeChat reports %(count)s followers.",
        total,
    ) % {"count": f"{total:,}"}
    return ConnectionTest(True, total, meaning, _("You can sync the followers now."), "", calls)


def _test_client(account: OfficialAccount) -> Client:
    """A client with short timeouts and its own token: the shared one may outlive its AppSecret."""
    return Client(
        account.app_id,
        account.app_secret,
        base_url=settings.WECHAT_API_BASE_URL,
        tokens=None,
        deadline=TEST_SECONDS,
        connect_timeout=4,
        read_timeout=TEST_SECONDS,
        pauses=(0.3,),
    )
