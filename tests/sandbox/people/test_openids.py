import re
import subprocess
import sys

import pytest

from followers.sandbox.people.openids import BLOCK, MAX_SLOTS, OpenidCodec

openids = OpenidCodec("1")


def test_they_look_like_real_ones():
    block = openids.block(0)
    assert all(re.fullmatch(r"o[A-Za-z0-9_-]{27}", one) for one in block)
    assert any(one != one.lower() and one != one.upper() for one in block)


def test_no_two_are_the_same():
    made = openids.block(0) + openids.block(1)
    assert len(set(made)) == 2 * BLOCK


@pytest.mark.parametrize("slot", [0, 1, BLOCK - 1, BLOCK, 1_000_000, MAX_SLOTS - 1])
def test_the_slot_is_read_back(slot: int):
    assert openids.decode(openids.encode(slot)) == slot


@pytest.mark.parametrize("spoil", [str.lower, str.upper, lambda one: one[:-1], lambda one: ""])
def test_a_spoilt_one_has_no_slot(spoil):
    assert openids.decode(spoil(openids.encode(5))) is None


def test_another_seed_knows_none_of_them():
    other = OpenidCodec("2")
    assert all(other.decode(one) is None for one in openids.block(0)[:100])


def test_they_go_on_over_the_end_of_a_block():
    following = openids.openids_from(BLOCK - 1)
    assert [next(following), next(following)] == [openids.encode(BLOCK - 1), openids.encode(BLOCK)]


def test_another_process_makes_the_same():
    code = (
        "from followers.sandbox.people.openids import OpenidCodec\n"
        "print(OpenidCodec('1').encode(4711))"
    )
    made = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert made.stdout.strip() == openids.encode(4711)
