"""A member of one account sends every form with rows of another: nothing of it changes."""

from django.db import transaction

from tests.admin.addresses import addresses

from .posted import attempt, posts, state
from .test_answers import OPEN

DENIED = (403, 404, 405)
# An upload that is gone leads back to the form: followers_follower_import_preview and others.
OF_ROWS = (
    "delete_day_note",
    *(
        f"followers_{it}"
        for it in (
            "alerttarget",
            "channel",
            "editrun",
            "exportlog",
            "follower_change",
            "follower_delete",
            "follower_edit",
            "follower_history",
            "follower_refresh",
            "officialaccount",
            "segment",
            "syncrun",
            "tag",
        )
    ),
)


def test_no_form_changes_or_tells_anything_of_another_account(member, own, foreign):
    before, wrong, written = state(foreign), [], set()
    rows = {it for name, it in addresses(foreign.keys) if name.startswith(OF_ROWS)}
    rows -= {it for _name, it in addresses(own.keys)}
    for address, form in posts(own, foreign):
        with transaction.atomic():
            status, text, wrote = attempt(member, address, form, foreign.mark)
            problems = [
                address in rows and status not in DENIED,
                foreign.mark in text,
                wrote and state(foreign) != before,
            ]
            if any(problems):
                wrong.append((address, form.get("action"), status, problems))
            transaction.set_rollback(True)
        written |= {address} if wrote else set()
    assert wrong == []
    # Forms that are good change something of the own account.
    assert len(written) > 20


def test_without_permissions_no_form_is_taken(without_permissions, own, foreign):
    before, mine = state(foreign), state(own)
    taken = {}
    openly = {address for name, address in addresses(own.keys) if name in OPEN}
    for address, form in posts(own, foreign):
        if address not in openly:
            status, _text, _wrote = attempt(without_permissions, address, form, foreign.mark)
            if status not in DENIED:
                taken[address, form.get("action")] = status
    assert taken == {}
    assert (state(foreign), state(own)) == (before, mine)
