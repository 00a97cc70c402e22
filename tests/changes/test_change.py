from followers.changes.change import OF_TAGS, PATHS, SIZES, Action


def test_each_action_says_where_it_goes_and_how_many_at_once():
    assert set(SIZES) == set(Action) - set(OF_TAGS)
    assert set(PATHS) == set(Action) - {Action.NOTE}
