"""Each kind of change says everything of itself."""

import pytest
from django.utils.translation import override

from followers.changes.change import Action, actions, kind_of, kinds
from followers.changes.reasons import reason_words
from followers.models import EditRun
from followers.wechat import function_names


def test_every_action_has_its_kind():
    assert set(actions()) == set(Action)


def test_only_a_note_stays_here():
    assert [kind.action for kind in kinds() if not kind.path] == [Action.NOTE]
    assert {kind.path for kind in kinds() if kind.path} <= function_names.FUNCTION_NAMES.keys()


@pytest.mark.parametrize("action", Action)
def test_whoever_may_make_it_has_a_permission_of_this_application(action):
    assert kind_of(action).permission in dict(EditRun._meta.permissions)


@pytest.mark.parametrize("action", actions(of_tag=False))
def test_a_change_of_followers_can_be_taken_back_and_leaves_people_out_for_reasons(action):
    kind = kind_of(action)
    assert kind_of(kind.inverse).inverse == action
    assert set(kind.same) == set(kind_of(kind.inverse).same)
    assert action in kind.same
    assert all(str(reason_words(rule.reason)) != rule.reason for rule in kind.ineligible)


TITLES = {
    Action.TAG: "Add the tag “VIP”",
    Action.UNTAG: "Remove the tag “VIP”",
    Action.REMARK: "Set the remark to “VIP”",
    Action.NOTE: "Set the internal note to “VIP”",
    Action.BLOCK: "Block",
    Action.UNBLOCK: "Unblock",
    Action.CREATE_TAG: "Create the tag “VIP”",
    Action.RENAME_TAG: "Rename the tag “gold” to “VIP”",
    Action.DELETE_TAG: "Delete the tag “VIP”",
}


@pytest.mark.parametrize(("action", "title"), TITLES.items())
def test_its_title_names_what_it_is_about(action, title):
    with override("en"):
        assert kind_of(action).titled("VIP", "gold") == title


def test_no_text_clears():
    with override("en"):
        titles = [kind_of(action).titled("") for action in ("remark", "note")]
    assert titles == ["Clear the remark", "Clear the internal note"]


def test_an_action_of_no_kind():
    with pytest.raises(KeyError):
        kind_of("bless")
