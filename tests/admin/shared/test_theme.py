"""Templates of the theme that ours replace or extend, everywhere or for one model.

An upgrade that changes one of them is a decision.
"""

import hashlib
import re

import pytest

from tests.stack import ROOT

from . import theme

OURS = ROOT / "templates"
THEIRS = theme.THEME / "templates"

# The beginning of each original's SHA-256. After an upgrade: see what has changed there, carry it
# over, and write the new one.
ORIGINALS = {
    "admin/submit_line.html": "7a195a7b8beeda11",
    "admin/login.html": "13deb7765ce36659",
    "registration/logged_out.html": "cad8c8cf769b9e91",
    "admin/base.html": "2ce9250b3c649e3a",
    "admin/actions.html": "b5332aace8e69192",
    "admin/change_form_object_tools.html": "3238ce11ac58a883",
    "admin/change_form.html": "e9824d4d8a447d97",
    "admin/change_list_results.html": "1a2a072727ae72f9",
    "admin/pagination.html": "a1d4f5881c9a2ed9",
    "admin/change_list.html": "5885c39760f6085d",
    "admin/index.html": "9fdb849b7da18ccd",
    "admin/search_form.html": "32c57965802858bd",
    "unfold/helpers/change_list_filter.html": "9606a6123fb48b05",
    "unfold/helpers/command.html": "ae6ce324d8536613",
    "unfold/helpers/dialog.html": "e961b19a9a2f2175",
    "unfold/helpers/fieldsets_tabs.html": "277e79c595b0f4df",
    "unfold/helpers/header_title.html": "b126ed2ab9ca1680",
    "unfold/helpers/pagination_default.html": "a6c793aea686e443",
    "unfold/helpers/modal.html": "fa0832c6ded6a26b",
    "unfold/helpers/navigation_header.html": "35139b9d94580be9",
    "unfold/helpers/navigation_user.html": "4c9ba58b3f215326",
    "unfold/helpers/site_dropdown.html": "82b538f5e9418452",
    "unfold/helpers/theme_switch.html": "c8e659df65f5aa78",
    "unfold/helpers/theme_switch_dropdown.html": "90421e9a3524b57f",
    "unfold/helpers/unauthenticated_header.html": "904c823eb0d85052",
    "unfold/helpers/welcomemsg.html": "e8eab02522ba2319",
}


def original_of(name: str) -> str:
    """What a template of ours replaces, for one model (admin/<app>/<model>/) or everywhere."""
    return re.sub(r"^admin/followers/\w+/(\w+\.html)$", r"admin/\1", name)


def test_every_replaced_template_is_known():
    ours = {original_of(path.relative_to(OURS).as_posix()) for path in OURS.rglob("*.html")}
    assert {name for name in ours if (THEIRS / name).exists()} == set(ORIGINALS)


@pytest.mark.parametrize("name", ORIGINALS)
def test_the_original_is_what_it_was(name):
    assert hashlib.sha256((THEIRS / name).read_bytes()).hexdigest()[:16] == ORIGINALS[name]


@pytest.mark.parametrize("page", ["", "followers/officialaccount/", "followers/follower/import/"])
def test_the_first_stop_on_a_page_leads_past_the_menu(admin_client, page):
    body = admin_client.get(f"/admin/{page}").text.partition("<body")[2]
    assert re.search(r"<(?:a|button) [^>]*>", body)[0] == '<a class="wx-skip" href="#content">'
    assert 'id="content"' in body


def test_what_a_page_was_told_is_shown(staff, account):
    """Whoever replaces the frame must not lose the messages."""
    address = "/admin/followers/follower/"
    chosen = {"action": "refresh_details", "index": "0", "select_across": "1"}
    english = {"accept-language": "en"}
    page = staff.post(address, {**chosen, "_selected_action": "0"}, follow=True, headers=english)
    assert "None of these followers can be refreshed." in page.text
