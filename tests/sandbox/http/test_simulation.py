from ..caller import LIST, STABLE, Caller
from ..conftest import Start


def test_calls_and_tokens_are_counted(wechat: Caller):
    wechat.walk()
    wechat.get("/cgi-bin/getcallbackip")
    state = wechat.sandbox.state
    assert state["calls"] == {STABLE: 1, LIST: 4, "/cgi-bin/getcallbackip": 1}
    assert state["tokens_issued"] == {"stable": 1}
    assert state["in_flight"] == 0
    assert state["most_in_flight"] == 1


def test_calls_are_recorded_as_they_were_answered(wechat: Caller):
    wechat.sandbox.fault("45009", count=1, after=1)
    cursor = wechat.page()["next_openid"]
    wechat.page(cursor)
    first, second = wechat.sandbox.log[-2:]
    assert (first["path"], first["cursor"], first["code"], first["ids"]) == (LIST, "", 0, 11)
    assert (second["cursor"], second["code"], second["faults"]) == (cursor, 45009, ["45009"])


def test_an_answer_without_errcode_is_recorded_with_its_status(wechat: Caller):
    wechat.sandbox.fault("http_502", count=1)
    wechat.response(LIST)
    assert (wechat.sandbox.log[-1]["status"], wechat.sandbox.log[-1]["code"]) == (502, None)


def test_the_record_does_not_grow_for_ever(wechat: Caller):
    for _ in range(600):
        wechat.sandbox.simulation.respond("GET", LIST, {}, b"")
    log = wechat.sandbox.log
    assert len(log) == 500
    assert log[-1]["number"] == 601


def test_no_token_and_no_secret_is_shown(wechat: Caller):
    wechat.walk()
    wechat.classic()
    shown = repr(wechat.sandbox.state) + repr(wechat.sandbox.log)
    assert wechat.token not in shown
    assert wechat.sandbox.app_secret not in shown


def test_everything_starts_anew(wechat: Caller):
    before = wechat.sandbox.followers()
    wechat.sandbox.fault("-1")
    wechat.sandbox.population.leave(5)
    wechat.sandbox.reset()
    assert wechat.sandbox.followers() == before
    assert wechat.sandbox.log == []
    state = wechat.sandbox.state
    assert (state["faults"], state["calls"], state["tokens_issued"]) == ([], {}, {})
    assert wechat.page()["errcode"] == 40001


def test_people_come_and_go_during_a_walk(start: Start, clock):
    wechat = start(clock=clock, churn=600, followers=1000, page_size=100)
    first = wechat.page()
    clock.forward(60)
    second = wechat.page(first["next_openid"])
    assert second["total"] != first["total"]
    assert second["total"] == len(wechat.sandbox.followers())
