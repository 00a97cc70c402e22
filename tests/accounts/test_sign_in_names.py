"""Whom a typed name means: case is no difference on both databases, where there is no doubt."""

import pytest
from django.contrib.auth import authenticate
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import User

from followers.accounts.sign_in_names import bearer_of, bearers_of, fold

PASSWORD = "a long password"


@pytest.fixture(autouse=True)
def _quick_passwords(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def people(db):
    """people("Wang", …): those with these names."""

    def make(*names):
        # As in databases of old: by now, none is added that differs from another one in case.
        hashed = make_password(PASSWORD)
        return User.objects.bulk_create(
            User(username=name, password=hashed, is_staff=True) for name in names
        )

    return make


@pytest.mark.parametrize(
    ("stored", "typed"),
    [
        ("Wang", "wang"),
        ("wang", "WANG"),
        ("Андрей", "андрей"),
        ("Ärger", "äRGER"),
        ("王芳", "王芳"),
        ("w.a+n-g_@x", "W.A+N-G_@X"),
    ],
)
def test_case_is_no_difference(people, stored, typed):
    [user] = people(stored)
    assert bearer_of(typed) == user


@pytest.mark.parametrize(
    "typed", ["wan", "wang2", " wang", "w.ng", "w%", "w_ng", "", ".*", "wang|x", "\\", "w" * 10_000]
)
def test_nobody_else_is_meant(people, typed):
    people("Wang")
    assert bearers_of(typed) == []


def test_whoever_is_meant_has_a_name_that_is_counted_as_the_typed_one(people):
    """Else somebody who guesses could go on under another name."""
    people("li", "ſid", "straße")
    for typed in ("lı", "lİ", "ßid", "sid", "strasse"):
        assert {fold(it.username) for it in bearers_of(typed)} <= {fold(typed)}


def test_of_names_of_old_the_one_that_is_spelled_like_this_is_meant(people):
    wang, other = people("Wang", "wang")
    assert (bearer_of("Wang"), bearer_of("wang"), bearer_of("WANG")) == (wang, other, None)
    assert bearers_of("WANG") == [wang, other]


@pytest.mark.parametrize("typed", ["Wang", "wang", "WANG"])
def test_whoever_signs_in_is_looked_up_once(people, rf, typed, django_assert_num_queries):
    [user] = people("Wang")
    request = rf.post("/")
    # Two for how often it was tried.
    with django_assert_num_queries(3):
        assert authenticate(request, username=typed, password=PASSWORD) == user


def test_in_doubt_nobody_signs_in(people, rf):
    wang, other = people("Wang", "wang")
    other.set_password("another")
    other.save()
    request = rf.post("/")
    assert authenticate(request, username="WANG", password=PASSWORD) is None
    assert authenticate(request, username="Wang", password=PASSWORD) == wang


def test_an_unknown_name_takes_as_long(people, rf, monkeypatch):
    people("Wang", "wang")
    hashed = []
    monkeypatch.setattr(User, "set_password", lambda _user, password: hashed.append(password))
    for name in ("nobody", "WANG"):
        authenticate(rf.post("/"), username=name, password=PASSWORD)
    assert hashed == [PASSWORD] * 2
