import ast
import re

import pytest
from django.core.management import load_command_class
from django.utils import translation

from tests.stack import ROOT

READMES = ["README.md", "README.zh-CN.md"]
PO = "followers/locale/zh_Hans/LC_MESSAGES/django.po"
GUIDES = {"en": "docs/guide.md", "zh-hans": "docs/guide.zh-CN.md"}

# For the demo alone, which sets it.
OF_THE_DEMO = {"SANDBOX_URL"}


def text(name):
    return (ROOT / name).read_text()


def variables_of_settings():
    readers = r"(?:env\.\w+|environ\.get|required|strict_bool|number|whole|one_of|address)"
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


def options_of(command):
    parser = load_command_class("followers", command).create_parser("manage.py", command)
    return {option for option in parser._option_string_actions if option.startswith("--")}


@pytest.mark.parametrize("readme", READMES)
@pytest.mark.parametrize("command", ["add_account", "sync_followers", "export_followers"])
def test_every_option_is_named_and_none_beside(readme, command):
    [row] = re.findall(rf"^\| `{command} .*$", text(readme), re.M)
    [usage, *_rest] = row.split("` |")
    of_django = options_of("worker")
    assert set(re.findall(r"--[a-z-]+", usage)) == options_of(command) - of_django


@pytest.mark.parametrize("page", [*READMES, *GUIDES.values(), "CONTRIBUTING.md"])
def test_every_linked_file_is_there(page):
    links = re.findall(r"\]\((?!https?:)([^)]+)\)", text(page))
    assert links
    assert [link for link in links if not ((ROOT / page).parent / link).exists()] == []


def interface(language):
    """Every text of the interface as it is shown, with … where something is filled in."""
    msgids = re.findall(r'^msgid(?:_plural)? ("(?:.*)"(?:\n".*")*)', text(PO), re.M)
    texts = [ast.literal_eval(f"({msgid})") for msgid in msgids]
    with translation.override(language):
        shown = [translation.gettext(each) for each in texts if each]
    # Plurals, and texts that depend on a context.
    chinese = re.findall(r'^msgstr(?:\[0\])? "(.+)"$', text(PO), re.M)
    others = chinese if language == "zh-hans" else []
    return [re.sub(r"%\(\w+\)[sd]", "…", each) for each in [*shown, *others]]


@pytest.mark.parametrize("language", GUIDES)
def test_what_the_guide_tells_to_click_is_in_the_interface(language):
    named = set(re.findall(r"\*\*(.+?)\*\*", " ".join(text(GUIDES[language]).split())))
    known = interface(language)
    assert len(named) > 25
    assert [it for it in named if not any(each.startswith(it) for each in known)] == []


def test_both_guides_have_the_same_sections_and_pictures():
    parts = [re.findall(r"^(#+) |\(images/(\w+)-", text(page), re.M) for page in GUIDES.values()]
    assert parts[0] == parts[1]


@pytest.mark.parametrize("language", GUIDES)
def test_a_guide_shows_pictures_in_its_own_language(language):
    shown = set(re.findall(r"\(images/\w+-(\w+)\.png", text(GUIDES[language])))
    assert shown == {language.removesuffix("-hans")}


def test_every_picture_is_shown_somewhere():
    shown = "".join(map(text, [*READMES, *GUIDES.values()]))
    pictures = (ROOT / "docs/images").iterdir()
    assert [it.name for it in pictures if f"images/{it.name}" not in shown] == []
