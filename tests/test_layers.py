"""Who may import whom. docs/architecture.md says why."""

import ast
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "followers"

# layer: the layers of this package, and the packages beside it, that it may import
MAY = {
    "wechat": {"requests", "urllib3", "cryptography", "django.utils"},
    "sandbox": set(),
    "fields": {"django", "cryptography"},
    "models": {"django", "cryptography", "fields"},
    "rows": {"django", "pyroaring", "models", "wechat"},
    "accounts": {"django", "fields", "models", "rows", "wechat"},
    "usage": {"django", "models", "rows", "accounts", "wechat"},
    "runs": {"django", "django_q", "models", "rows", "accounts", "usage", "wechat"},
    "sync": {"django", "pyroaring", "models", "rows", "accounts", "usage", "wechat", "runs"},
    "changes": {"django", "pyroaring", "models", "rows", "usage", "wechat", "runs"},
    "files": {"django", "openpyxl"},
    "segments": {"django", "models", "rows", "files", "wechat"},
    "trouble": {"django"},
    "imports": {
        "django",
        "openpyxl",
        "pyroaring",
        "models",
        "rows",
        "usage",
        "export",
        "files",
        "changes",
        "wechat",
    },
    "apps": {"django", "runs", "sync", "changes"},
    "tasks": {"django.apps", "models", "runs"},
}
NOBODY_IMPORTS = {"admin", "tasks", "apps"}
# What reads hostile files in a process of its own: no models, no settings, no languages.
OF_THE_READER = (
    "bounds",
    "child",
    "delimited",
    "encodings",
    "errors",
    "kinds",
    "numbers",
    "report",
    "sheet",
    "workbook",
)
# Django tells a field its connection, and fields lie below rows/.
TELL_DATABASES_APART = {"rows/dialect.py", "fields.py"}
ALONE = {"management/commands/wechat_sandbox.py": {"sandbox", "django"}}


def layer_of(path):
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def modules():
    return sorted(path for path in PACKAGE.rglob("*.py") if "migrations" not in path.parts)


def imported(path):
    """Absolute dotted names of everything that a module imports, also within functions."""
    package = ("followers", *path.relative_to(PACKAGE).parent.parts)
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parts = package[: len(package) - node.level + 1] if node.level else ()
            base = ".".join((*parts, *((node.module,) if node.module else ())))
            yield from (f"{base}.{alias.name}" for alias in node.names)


def foreign(path):
    """What a module imports from other layers and packages, the standard library left out."""
    own = layer_of(path)
    for name in imported(path):
        parts = name.split(".")
        if parts[0] == "followers":
            if parts[1] != own:
                yield parts[1]
        elif parts[0] not in sys.stdlib_module_names:
            yield name


def allowed(name, layers):
    return any(name == layer or name.startswith(f"{layer}.") for layer in layers)


@pytest.mark.parametrize("layer", MAY)
def test_a_layer_imports_only_what_lies_below(layer):
    own = [path for path in modules() if layer_of(path) == layer]
    assert own
    wrong = [
        f"{path.relative_to(ROOT)}: {name}"
        for path in own
        for name in foreign(path)
        if not allowed(name, MAY[layer])
    ]
    assert wrong == []


@pytest.mark.parametrize("module", ALONE)
def test_a_module_that_stands_alone(module):
    assert [n for n in foreign(PACKAGE / module) if not allowed(n, ALONE[module])] == []


def test_the_reader_of_files_knows_nothing_of_django():
    own = [PACKAGE / "files" / f"{name}.py" for name in OF_THE_READER]
    inner = {name.split(".")[2] for path in own for name in imported(path) if "files." in name}
    assert inner <= set(OF_THE_READER)
    assert [n for path in own for n in foreign(path) if not allowed(n, {"openpyxl"})] == []


@pytest.mark.parametrize("layer", sorted(NOBODY_IMPORTS))
def test_nobody_imports_the_top(layer):
    assert [str(path) for path in modules() if layer in set(foreign(path))] == []


def test_the_admin_never_calls_wechat():
    """It knows what WeChat allows, and which answer means what."""
    pages = [path for path in modules() if layer_of(path) == "admin"]
    known = {name for path in pages for name in imported(path) if ".wechat." in name}
    assert {".".join(name.split(".")[:3]) for name in known} <= {
        "followers.wechat.errcodes",
        "followers.wechat.limits",
        "followers.wechat.sources",
    }


def test_one_place_tells_databases_apart():
    found = {path for path in modules() if ".vendor" in path.read_text()}
    assert {path.relative_to(PACKAGE).as_posix() for path in found} == TELL_DATABASES_APART
