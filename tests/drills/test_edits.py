"""A change of very many followers, whose worker is killed again and again."""

from contextlib import suppress

import pytest

from tests.changing import (
    Marketer,
    are_over,
    calls,
    edits,
    exports,
    most_tag_writes,
    tags,
    tags_there,
)
from tests.stack import wait_for

pytestmark = [pytest.mark.drill, pytest.mark.worker]

FOLLOWERS, CHUNK = 100_000, 50
KILLS = 3
LATENCY = 0.02
EDIT_SECONDS = 600


def wait_for_calls(installation, number, chance):
    """Until so many have been made, and a random part of a call's time longer."""
    wait_for(lambda: calls(installation) >= number, EDIT_SECONDS)
    with suppress(TimeoutError):
        wait_for(lambda: are_over(installation), chance.uniform(0, 5 * LATENCY))


def test_a_hundred_thousand_are_tagged_although_the_group_dies_three_times(installation, chance):
    sandbox = installation.start_sandbox(FOLLOWERS, latency=LATENCY)
    vip = sandbox.console.create_tag("VIP")
    lists = ("listing", "tags", "blacklist")
    installation.manage("sync_followers", sandbox.app_id, "--only", *lists)
    worker = installation.start_worker()
    with Marketer(installation) as marketer:
        marketer.click("tag", vip)
        run = marketer.recorded()
    for number in sorted(chance.sample(range(1, FOLLOWERS // CHUNK - 100), KILLS)):
        wait_for_calls(installation, number, chance)
        family = worker.process_tree()
        worker.kill_children()
        wait_for(lambda family=family: worker.is_replaced(family))
        assert not are_over(installation)
    wait_for(lambda: are_over(installation), EDIT_SECONDS)

    (numbers,) = edits(installation, "status, selected, done, skipped, failed")
    blocked = sandbox.blacklist()
    tagged = FOLLOWERS - len(blocked)
    assert numbers == ("succeeded", FOLLOWERS, tagged, len(blocked), 0), installation.log
    assert tags_there(installation)[vip] == sandbox.followers() - blocked
    assert tags(installation) == tags_there(installation)
    files = exports(installation, run)
    assert {name: len(people) for name, people in files.items()} == {
        "done": tagged,
        "skipped": len(blocked),
        "failed": 0,
    }
    assert (set(files["done"]), set(files["skipped"])) == (sandbox.followers() - blocked, blocked)
    needed = -(-tagged // CHUNK)
    assert needed <= calls(installation) <= needed + KILLS
    assert most_tag_writes(installation) == 1
