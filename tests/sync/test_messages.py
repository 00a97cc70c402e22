import pytest
from django.utils import translation

from followers.models import SyncRun
from followers.runs import messages
from followers.runs.messages import NO_EXPLANATION, describe

FACTS = {
    "known": 23_000,
    "number": 100,
    "gone": 5_000,
    "listed": 18_000,
    "total": 24_000,
    "asked": 300,
    "still": 200,
    "names": "VIP",
}


OF_A_DIFFERENCE = {"here": 18_100, "missing": 40, "newer": 3}


def run(reason, **values):
    more = OF_A_DIFFERENCE if reason == "differs" else {}
    return SyncRun(reason=reason, error_params=FACTS | more, **values)


def test_where_all_is_well_nothing_is_said():
    assert describe(SyncRun()) == NO_EXPLANATION


@pytest.mark.parametrize("reason", messages._texts_by_reason)
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_every_reason_has_a_sentence_and_an_advice(reason, language):
    with translation.override(language):
        why = describe(run(reason))
    assert why.meaning
    assert why.advice
    assert "%(" not in why.meaning + why.advice
    assert why.meaning.isascii() is why.advice.isascii() is (language == "en")


@pytest.mark.parametrize("reason", ["empty", "short", "shrunk"])
def test_numbers_are_readable(reason):
    with translation.override("en"):
        assert any(f"{value:,}" in describe(run(reason)).meaning for value in FACTS.values())


def test_an_error_of_wechats_is_explained_with_its_parameters():
    with translation.override("en"):
        why = describe(SyncRun(reason="api", error_code=40164, error_params={"ip": "198.51.100.7"}))
    assert "198.51.100.7" in why.advice
    assert "errcode 40164" in why.detail


def test_the_language_is_that_of_the_reader():
    stored = run("loop")
    with translation.override("en"):
        english = describe(stored).meaning
    with translation.override("zh-hans"):
        assert describe(stored).meaning != english
