"""Each kind of change says everything of itself."""

import pytest
from django.utils.translation import override

from followers.changes.change import Action, actions, kind_of, kinds
from followers.changes.reasons import skip_reason_text
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


@pytest.mark.parametrize("action", actions(for_tags=False))
def test_a_change_of_followers_can_be_taken_back_and_leaves_people_out_for_reasons(action):
    kind = kind_of(action)
    assert kind_of(kind.inverse).inverse == action
    assert set(kind.related_actions) == set(kind_of(kind.inverse).related_actions)
    assert action in kind.related_actions
    assert all(str(skip_reason_text(rule.reason)) != rule.reason for rule in kind.skip_rules)


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
        assert kind_of(action).format_title("VIP", "gold") == title


def test_no_text_clears():
    with override("en"):
        titles = [kind_of(action).format_title("") for action in ("remark", "note")]
    assert titles == ["Clear the remark", "Clear the internal note"]


def test_an_action_of_no_kind():
    with pytest.raises(KeyError):
        kind_of("bless")
