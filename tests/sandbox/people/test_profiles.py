from collections import Counter

from followers.sandbox.people.profiles import HOSTILE, QR_CODE, SCENES, ProfileGenerator

MANY = range(4000)


def test_the_same_seed_and_slot_is_the_same_person():
    assert ProfileGenerator("1", "1").generate(7) == ProfileGenerator("1", "1").generate(7)
    assert ProfileGenerator("1", "1").generate(7) != ProfileGenerator("2", "1").generate(7)


def test_only_people_of_a_qr_code_have_a_scene():
    persons = ProfileGenerator("1", "1")
    for person in map(persons.generate, MANY):
        has = bool(person.qr_scene or person.qr_scene_str)
        assert not has or person.subscribe_scene == QR_CODE
        assert not (person.qr_scene and person.qr_scene_str)


def test_a_few_scenes_bring_most_people():
    people = [ProfileGenerator("1", "1").generate(slot) for slot in MANY]
    found = Counter(one.qr_scene or one.qr_scene_str for one in people).most_common()
    assert len(found) > 24
    assert found[1][1] > 20 * found[-1][1]


def test_the_shares_are_plausible():
    people = [ProfileGenerator("1", "1").generate(slot) for slot in MANY]
    assert len(SCENES) == 1000
    assert 0.02 < sum(bool(one.remark) for one in people) / len(people) < 0.04
    assert 0.9 < sum(one.language == "zh_CN" for one in people) / len(people) < 0.98
    assert len({one.unionid for one in people}) == len(people)
    assert all(len(one.remark.encode()) <= 30 for one in people)


def test_some_follow_the_company_s_other_accounts():
    mine, other = ProfileGenerator("a", "company"), ProfileGenerator("b", "company")
    same = sum(mine.generate(slot).unionid == other.generate(slot).unionid for slot in MANY)
    assert 0.2 < same / len(MANY) < 0.3


def test_hostile_texts_are_a_choice():
    kind, hostile = ProfileGenerator("1", "1"), ProfileGenerator("1", "1", hostile=True)
    assert not {kind.generate(slot).remark for slot in MANY} & set(HOSTILE)
    assert {hostile.generate(slot).remark for slot in MANY} >= set(HOSTILE)
