"""Changes by real workers: one is killed in the middle, and two people change the same at once."""

import pytest

from tests.changing import (
    Marketer,
    are_over,
    calls,
    edits,
    most_tag_writes,
    tags,
    tags_there,
)
from tests.installation import RECOVERY_SECONDS
from tests.stack import wait_for

pytestmark = pytest.mark.worker

TAG_FOLLOWERS = "/cgi-bin/user/tag/get"
LISTS = ("listing", "tags", "blacklist")


@pytest.fixture
def serve(installation):
    """A sandbox whose lists are synced, and a worker; the first tag of its own is nobody's."""

    def serve(followers, **options):
        sandbox = installation.start_sandbox(followers, **options)
        vip = sandbox.console.create_tag("VIP")
        installation.manage("sync_followers", sandbox.app_id, "--only", *LISTS)
        return sandbox, vip, installation.start_worker()

    return serve


def test_a_kill_in_the_middle_repeats_one_call_at_most(installation, serve):
    sandbox, vip, worker = serve(1_000, latency=0.2)
    who = sandbox.followers() - sandbox.blacklist()
    with Marketer(installation) as marketer:
        marketer.click("tag", vip)
    wait_for(lambda: calls(installation) >= 7)
    family = worker.process_tree()
    worker.kill_children()
    wait_for(lambda: worker.is_replaced(family), RECOVERY_SECONDS)
    assert not are_over(installation)
    wait_for(lambda: are_over(installation))
    numbers = ("succeeded", 1_000, len(who), 1_000 - len(who), 0)
    assert edits(installation, "status, selected, done, skipped, failed") == [numbers]
    assert tags_there(installation)[vip] == who
    assert tags(installation) == tags_there(installation)
    needed = -(-len(who) // 50)
    assert needed <= calls(installation) <= needed + 1
    assert most_tag_writes(installation) == 1


def test_two_people_change_the_same_at_once_while_a_sync_reads_it(installation, serve):
    """The sync asks for all pages of the tag while they change it, and believes them afterwards."""
    sandbox, vip, _worker = serve(1_000, page_size=50, tags=0)
    people = sorted(sandbox.followers())
    clicks = [
        [("tag", people[:700]), ("untag", people[300:500]), ("tag", people[400:800])],
        [("untag", people[200:900]), ("tag", people[500:]), ("untag", people[:450])],
    ]
    with Marketer(installation) as one, Marketer(installation) as other:
        # Few of them, so that the list does not look as if it had been cut short.
        one.click("tag", vip, people[::10])
        one.recorded()
        wait_for(lambda: are_over(installation))
        read = calls(installation, TAG_FOLLOWERS)
        sandbox.fault("slow", seconds=0.2, path=TAG_FOLLOWERS)
        installation.manage("sync_followers", sandbox.app_id, "--queue", "--only", *LISTS)
        wait_for(lambda: calls(installation, TAG_FOLLOWERS) > read + 2)
        for mine, theirs in zip(*clicks, strict=True):
            one.click(mine[0], vip, mine[1])
            other.click(theirs[0], vip, theirs[1])
        assert {each.recorded() for each in (one, other) * 3} == set(range(2, 8))
    wait_for(lambda: are_over(installation))
    assert installation.wait_until_ended() == ["succeeded"] * 2
    assert edits(installation, "status") == [("succeeded",)] * 7
    assert tags(installation) == tags_there(installation)
    assert most_tag_writes(installation) == 1
