"""Validation of AppIDs."""

import pytest
from django.core.exceptions import ValidationError
from django.utils.translation import override

from followers.accounts.credentials import clean_app_id, replace_secret
from followers.models import OfficialAccount
from followers.rows.clock import db_now


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("wx123", "This one has 5."),
        ("wx5a4db0c5a4db0c5", "This one has 17."),
        ("wx5a4db0c5a4db0c500", "This one has 19."),
        ("", "This one does not begin with wx."),
        ("5a4db0c5a4db0c5000", "This one does not begin with wx."),
        ("WX5a4db0c5a4db0c50", "This one does not begin with wx."),
        ("wx5a4db0c5 4db0c50", "This one holds “ ”."),
        ("wx5a4db0c5４db0c50", "This one holds “４”."),
        ("gh_5a4db0c5a4db", "gh_… is the original ID (原始ID); the AppID stands in another place."),
    ],
)
@override("en")
def test_invalid_app_ids(typed, reason):
    with pytest.raises(ValidationError) as refused:
        clean_app_id(typed)
    rule = "An AppID has 18 characters: wx, then 16 letters and digits."
    assert refused.value.messages == [f"{rule} {reason}"]


def test_another_secret_is_tried_at_once(account):
    OfficialAccount.objects.update(wechat_figures_due_at=db_now())
    account.refresh_from_db()
    replace_secret(account, "x" * 32)
    account.refresh_from_db()
    assert (account.app_secret, account.wechat_figures_due_at) == ("x" * 32, None)


def test_surrounding_characters_are_removed():
    assert clean_app_id("\u200b wx5a4db0c5a4db0c50\u3000") == "wx5a4db0c5a4db0c50"
