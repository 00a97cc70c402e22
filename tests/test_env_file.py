"""The .env file: files of all editors, and errors that name the file and the line."""

import os

import pytest
from django.core.exceptions import ImproperlyConfigured

from wxadmin import env_file


@pytest.fixture
def load(tmp_path, monkeypatch):
    """Loads a file with these bytes into a separate environment."""
    monkeypatch.setattr(os, "environ", {"WORKERS": "3"})

    def load(data):
        (tmp_path / ".env").write_bytes(data)
        env_file.load("", tmp_path / ".env")
        return os.environ

    return load


@pytest.mark.parametrize(
    ("data", "value"),
    [
        (b"X=abc", "abc"),
        (b"\xef\xbb\xbfX=abc\r\n", "abc"),
        (b"# \xe4\xb8\xad\n\n  # more\nX=abc\n", "abc"),
        (b"A=1\rX=abc\r", "abc"),
        (b"export X=abc", "abc"),
        (b" X = abc ", "abc"),
        (b"X=$abc", "$abc"),
        (b"X=${abc}", "${abc}"),
        (b"X=a=b#c$d", "a=b#c$d"),
        (b'X="a b"', "a b"),
        (b"X='a\"b'", 'a"b'),
        (rb'X="a\"b\nc"', r"a\nc".replace("a", 'a"b', 1)),
        (b"X=", ""),
        (b"X=1\nX=2", "2"),
    ],
)
def test_lines(load, data, value):
    assert load(data)["X"] == value


def test_the_environment_wins(load):
    found = load(b"WORKERS=5\nX=1")
    assert (found["WORKERS"], found["X"]) == ("3", "1")


@pytest.mark.parametrize(
    ("data", "line", "words"),
    [
        ("# 中文\nX=1".encode("gbk"), 1, "UTF-8"),
        (b"X=1\r\n" + "# 中文".encode("gbk"), 2, "UTF-8"),
        ("X=1".encode("utf-16"), 1, "UTF-16"),
        ("X=1".encode("utf-16-le"), 1, "UTF-16"),
        (b"X=1\ngeheim\n", 2, "NAME=value"),
        (b"X=1\nY: geheim\n", 2, "NAME=value"),
        (b"X=1\n\nA-B=geheim\n", 3, "NAME=value"),
    ],
)
def test_errors_name_the_file_and_the_line(load, tmp_path, data, line, words):
    with pytest.raises(ImproperlyConfigured, match=words) as refusal:
        load(data)
    assert str(refusal.value).startswith(f"{tmp_path / '.env'}, line {line}: ")
    assert "geheim" not in str(refusal.value)


def test_a_file_without_read_permission(load, tmp_path, monkeypatch):
    def denied(_path):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(env_file.Path, "read_bytes", denied)
    with pytest.raises(ImproperlyConfigured, match="cannot be read by the user") as refusal:
        env_file.load("", tmp_path / ".env")
    assert str(tmp_path / ".env") in str(refusal.value)
    assert "Permission denied" in str(refusal.value)


def test_a_directory(tmp_path):
    with pytest.raises(ImproperlyConfigured, match="Is a directory"):
        env_file.load(str(tmp_path), tmp_path / ".env")


def test_the_default_file_may_be_missing(tmp_path):
    assert "is not there" in str(env_file.load(" ", tmp_path / ".env"))


def test_the_requested_file_must_exist(tmp_path):
    with pytest.raises(ImproperlyConfigured, match=r"ENV_FILE names .*, which is not there"):
        env_file.load(str(tmp_path / "other"), tmp_path / ".env")
