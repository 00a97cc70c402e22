import re

import pytest

from tests.stack import ROOT

READMES = ["README.md", "README.zh-CN.md"]

# For the demo alone, which sets it.
OF_THE_DEMO = {"SANDBOX_URL"}


def text(name):
    return (ROOT / name).read_text()


def variables_of_settings():
    readers = r"(?:env\.\w+|environ\.get|required|strict_bool|positive)"
    found = set(re.findall(readers + r'\(\s*"([A-Z_]+)"', text("wxadmin/settings.py")))
    assert {"SECRET_KEY", "DEBUG", "DATABASE_URL", "SYNC_LEASE_SECONDS"} <= found
    return found - OF_THE_DEMO


@pytest.mark.parametrize("readme", READMES)
def test_every_variable_is_explained_and_none_beside(readme):
    assert set(re.findall(r"^\| `([A-Z_]+)` \|", text(readme), re.M)) == variables_of_settings()


def test_the_example_shows_every_variable():
    shown = set(re.findall(r"^(?:# )?([A-Z_]+)=", text(".env.example"), re.M))
    assert shown == variables_of_settings() - {"ENV_FILE"}


@pytest.mark.parametrize("readme", READMES)
def test_every_make_target_is_named(readme):
    targets = set(re.findall(r"^([a-z]+):", text("Makefile"), re.M)) - {"help"}
    assert targets <= set(re.findall(r"`([a-z]+)`", text(readme)))


@pytest.mark.parametrize("readme", READMES)
def test_every_command_is_named(readme):
    commands = (ROOT / "followers/management/commands").glob("[a-z]*.py")
    # `make demo` is its name.
    assert {path.stem for path in commands} - {"demo"} == set(
        re.findall(r"^\| `([a-z_]+)", text(readme), re.M)
    )


@pytest.mark.parametrize("readme", READMES)
def test_every_linked_file_is_there(readme):
    links = re.findall(r"\]\((?!https?:)([^)]+)\)", text(readme))
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []
