import pytest

from followers.sandbox.people.openids import MAX_SLOTS
from followers.sandbox.people.population import LEFT, Population

from ..conftest import Clock


def listed(population: Population) -> list[str]:
    return population.page_after(-1, 1_000_000).openids


@pytest.mark.parametrize("followers", [0, 1, 2, 3, 4, 5, 23, 9_999])
def test_exactly_so_many_follow(followers: int):
    population = Population(followers, "1")
    assert len(set(listed(population))) == population.total == followers


@pytest.mark.parametrize("followers", [-1, MAX_SLOTS])
def test_impossible_numbers_are_refused(followers: int):
    with pytest.raises(ValueError, match="can be simulated"):
        Population(followers, "1")


def test_five_million_are_possible():
    population = Population(5_000_000, "1")
    found = population.page_after(4_999_999, 1).openids[0]
    assert population.total == 5_000_000
    assert population.count_after(population.openid_codec.decode(found)) == 999_999


def test_those_who_leave_are_gone_from_the_list():
    population = Population(100, "1")
    gone = population.leave(30)
    assert len(gone) == 30
    assert population.total == 70
    assert not set(gone) & set(listed(population))
    assert {one for block in population.openid_blocks(LEFT) for one in block} == set(gone)


def test_only_those_who_left_come_back():
    population = Population(100, "1")
    gone = population.leave(5)
    assert population.join(50)
    assert set(population.come_back(9)) == set(gone)
    assert population.total == 150


def test_new_people_appear_anywhere_in_the_list():
    population = Population(1000, "1")
    new = set(population.join(50))
    places = [place for place, one in enumerate(listed(population)) if one in new]
    assert len(places) == 50
    assert places[0] < 200
    assert places[-1] > 850


def test_there_is_always_room_for_more():
    population = Population(10, "1")
    assert len(set(population.join(5000))) == 5000
    assert population.total == len(listed(population)) == 5010


def test_no_more_leave_than_follow():
    population = Population(3, "1")
    assert len(population.leave(1_000_000_000)) == 3
    assert population.total == 0


def test_particular_people_leave_once():
    population = Population(100, "1")
    who = listed(population)[:3]
    assert population.leave([*who, who[0], "oNobody"]) == who
    assert population.total == 97


def test_the_same_seed_moves_the_same_people():
    def moved() -> list[list[str]]:
        one = Population(1000, "7")
        return [one.leave(9), one.join(9), one.come_back(4)]

    assert moved() == moved()


def test_the_start_comes_back():
    population = Population(100, "1")
    before = listed(population)
    first = population.leave(10)
    population.join(7)
    population.reset()
    assert listed(population) == before
    assert population.leave(10) == first


def test_the_people_before_a_place():
    population = Population(100, "1")
    everybody = listed(population)
    slot = population.openid_codec.decode(everybody[49])
    assert population.openids_up_to(slot, 5) == everybody[45:50]


def test_people_come_and_go_by_themselves(clock: Clock):
    population = Population(1000, "1", churn=60, clock=clock)
    clock.forward(100)
    assert population.total != 1000
    assert sum(population.events.values()) == 100


def test_nothing_happens_while_no_time_passes(clock: Clock):
    population = Population(1000, "1", churn=60, clock=clock)
    assert population.total == 1000
    clock.forward(0.9)
    assert sum(population.events.values()) == 0


def test_with_nobody_left_somebody_joins(clock: Clock):
    population = Population(0, "1", churn=60, clock=clock)
    clock.forward(1)
    assert population.total == 1
