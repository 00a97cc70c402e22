from followers.models import Follower, FollowerTag, Tag

from ..sync.truth import blocked, tags_here, tags_there
from .driver import (
    TAGGING,
    change,
    drive,
    having,
    make_tag,
    numbers,
    openids,
    outcome,
    people,
    reasons,
)


def test_everybody_gets_the_tag_in_calls_of_fifty(account, wechat):
    vip = make_tag(account)
    run = drive(change(account, people(account), "tag", tag=vip))
    assert run.status == "succeeded", (run.reason, run.message)
    total, skipped = run.selected, len(blocked(account))
    assert numbers(run) == (total - skipped, skipped, 0)
    assert having(wechat, vip) == openids(people(account).filter(blacklisted=False))
    assert tags_here(account) == tags_there(wechat)
    assert wechat.calls[TAGGING] == -(-(total - skipped) // 50)
    assert set(FollowerTag.objects.filter(tag=vip).values_list("edit", flat=True)) == {run.pk}
    assert Tag.objects.get(pk=vip.pk).follower_count == run.done
