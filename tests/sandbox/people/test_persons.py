from collections import Counter

from followers.sandbox.people.persons import HOSTILE, QR_CODE, SCENES, Persons

MANY = range(4000)


def test_the_same_seed_and_slot_is_the_same_person():
    assert Persons("1", "1").original(7) == Persons("1", "1").original(7)
    assert Persons("1", "1").original(7) != Persons("2", "1").original(7)


def test_only_people_of_a_qr_code_have_a_scene():
    persons = Persons("1", "1")
    for person in map(persons.original, MANY):
        has = bool(person.qr_scene or person.qr_scene_str)
        assert not has or person.subscribe_scene == QR_CODE
        assert not (person.qr_scene and person.qr_scene_str)


def test_a_few_scenes_bring_most_people():
    people = [Persons("1", "1").original(slot) for slot in MANY]
    found = Counter(one.qr_scene or one.qr_scene_str for one in people).most_common()
    assert len(found) > 24
    assert found[1][1] > 20 * found[-1][1]


def test_the_shares_are_plausible():
    people = [Persons("1", "1").original(slot) for slot in MANY]
    assert len(SCENES) == 1000
    assert 0.02 < sum(bool(one.remark) for one in people) / len(people) < 0.04
    assert 0.9 < sum(one.language == "zh_CN" for one in people) / len(people) < 0.98
    assert len({one.unionid for one in people}) == len(people)
    assert all(len(one.remark.encode()) <= 30 for one in people)


def test_some_follow_the_company_s_other_accounts():
    mine, other = Persons("a", "company"), Persons("b", "company")
    same = sum(mine.original(slot).unionid == other.original(slot).unionid for slot in MANY)
    assert 0.2 < same / len(MANY) < 0.3


def test_hostile_texts_are_a_choice():
    kind, hostile = Persons("1", "1"), Persons("1", "1", hostile=True)
    assert not {kind.original(slot).remark for slot in MANY} & set(HOSTILE)
    assert {hostile.original(slot).remark for slot in MANY} >= set(HOSTILE)
