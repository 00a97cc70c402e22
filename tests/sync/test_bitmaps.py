from pyroaring import BitMap64

from followers.models import SyncPage
from followers.rows.bitmaps import pack, unpack
from followers.sync.walk import SeenFollowers, clear_bitmaps

from .driver import begin, stage_of, step


def test_what_is_packed_comes_back():
    ids = {1, 2, 3, 7_000_000_000}
    assert set(unpack(pack(ids))) == ids
    assert set(unpack(memoryview(pack(ids)))) == ids


def test_nothing_is_an_empty_set():
    assert unpack(b"") == unpack(pack([])) == BitMap64()


def test_rows_in_sequence_take_next_to_nothing():
    assert len(pack(range(1, 10_001))) < 50
    assert len(pack(range(0, 10_000_000, 10))) < 2.2 * 1024 * 1024


def test_a_row_on_two_pages_counts_once():
    seen = SeenFollowers()
    seen.add(BitMap64([1, 2]), BitMap64([3]), BitMap64([4]))
    seen.add(BitMap64(), BitMap64(), BitMap64([1, 3, 5]))
    assert set(seen.all_rows) == set(seen.listed) == {1, 2, 3, 4, 5}
    assert set(seen.changed) == {1, 2, 3}


def test_an_earlier_walk_counts_but_was_not_seen_in_this_one():
    seen = SeenFollowers()
    seen.add(BitMap64([1]), BitMap64([2]), BitMap64([3]), current=False)
    assert set(seen.listed) == set()
    assert set(seen.all_rows) == {1, 2, 3}


def test_a_new_slice_knows_what_the_pages_before_it_saw(account, wechat):
    run = step(begin(account)[0], 2)
    seen = SeenFollowers.load(stage_of(run))
    assert len(seen.new) == len(seen.listed) == 20
    stage = stage_of(run)
    stage.walk_number += 1
    assert (len(SeenFollowers.load(stage).all_rows), len(SeenFollowers.load(stage).listed)) == (
        20,
        0,
    )


def test_forgetting_keeps_the_log(account, wechat):
    run = step(begin(account)[0])
    clear_bitmaps(run.pk)
    page = SyncPage.objects.get()
    assert (bytes(page.new_rows), page.ids, page.added) == (b"", 10, 10)
