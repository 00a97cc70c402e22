"""A member of one account asks for everything of another: nothing comes back.

Every address of the URL resolver, every parameter of every list and every autocomplete is asked
with the other account's keys and texts. What is added is asked as well, or fails here until
somebody says with which values.
"""

import pytest

from followers.models import Segment
from followers.segments.query import VIEW_PARAMETERS
from tests.admin.addresses import addresses, model_of, names
from tests.sample_data import LISTS

from .asked import VALUES, answers, pages, parameters_of

# What everybody may open who is signed in: what is their own, and what tells of nobody.
OPEN = {
    "index",
    "app_list",
    "jsi18n",
    "own_password",
    "password_change",
    "password_change_done",
    "search",
    "me",
    "me_sign_out",
    "invitation",
    "set_password",
    "forgot_password",
    "forgot_password_sent",
}


def test_every_address_is_asked_with_rows_of_the_account(foreign):
    named = [name for name, parameters in names() if parameters]
    assert [name for name in named if not model_of(name, foreign.keys)] == []


def test_every_parameter_of_a_list_is_asked_for(db):
    asked = {it for name, _parameters in names() for it in parameters_of(name)}
    assert asked == set(VALUES)
    assert not VIEW_PARAMETERS & asked


def test_nothing_of_another_account_comes_back(member, foreign, forget_cached):
    """All answers are those that there would be if the other account did not exist."""
    asked = list(dict.fromkeys(pages(foreign)))
    before = answers(member, asked)
    Segment.objects.filter(pk__in=[it.pk for it in foreign.segments]).delete()
    foreign.account.delete()
    forget_cached()
    after = answers(member, asked)
    assert [address for address in asked if before[address] != after[address]] == []
    # The word that was asked for may be repeated, no other one said.
    told = [it for it in asked if foreign.mark in before[it][2] and foreign.mark not in it]
    assert told == []


def test_what_is_looked_for_is_there_to_be_found(above, foreign):
    """Else nothing above would prove anything."""
    told = telling_paths(above, foreign)
    telling = {name for name, address in addresses(foreign.keys) if address in told}
    assert {f"followers_{it}_changelist" for it in LISTS} <= telling
    assert {f"followers_{it}_change" for it in LISTS} <= telling | {"followers_exportlog_change"}
    assert {f"followers_segment_{it}" for it in ("ids", "growth")} <= telling
    assert {
        "growth",
        "figures_file",
        "index",
        "autocomplete",
        "followers_editrun_people",
    } <= telling


def telling_paths(client, of):
    """Each is asked with one parameter after the other until it tells."""
    told = set()
    for address in dict.fromkeys(pages(of)):
        path = address.partition("?")[0]
        if path not in told and of.mark in answers(client, [address])[address][2]:
            told.add(path)
    return told


@pytest.mark.parametrize("whose", ["own", "foreign"])
def test_without_permissions_nothing_can_be_asked(without_permissions, whose, request):
    of = request.getfixturevalue(whose)
    found = {}
    for name, address in addresses(of.keys):
        if name not in OPEN:
            found[name, address] = without_permissions.get(address).status_code
    assert {it: status for it, status in found.items() if status not in (403, 404, 405)} == {}
