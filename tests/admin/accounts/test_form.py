"""What may be typed as an AppSecret."""

import pytest

from followers.models import AccessToken
from tests.admin.accounts.test_admin import address, save
from tests.admin.conftest import SECRET


def test_what_surrounds_a_copied_secret_is_dropped(admin_client, account):
    save(admin_client, account, app_secret=f"\u200b\u3000{'f' * 32} \u2060\ufeff")
    assert account.app_secret == "f" * 32


def test_invisible_characters_alone_keep_the_stored_secret(admin_client, account):
    AccessToken.objects.create(account=account, value="token")
    save(admin_client, account, app_secret=" \u200b")
    assert (account.app_secret, account.access_token.value) == (SECRET, "token")


@pytest.mark.parametrize("typed", ["0123 4567", "０１２３", "01\u200b23", "密钥"])
def test_characters_that_no_secret_has_are_refused(admin_client, account, typed):
    form = {"name": account.name, "members": [], "app_secret": typed}
    answer = admin_client.post(address("change", account), form)
    assert "AppSecret 只包含字母和数字" in answer.text
    account.refresh_from_db()
    assert account.app_secret == SECRET
