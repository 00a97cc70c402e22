"""Who may import whom. docs/architecture.md says why."""

import ast
import re
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from followers.models import Run, SyncStage

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "followers"

# layer: the layers of this package, and the packages beside it, that it may import. Lower layers
# first: none may name one that stands below it in this table.
MAY = {
    "wechat": {"requests", "urllib3", "cryptography", "django.utils"},
    "sandbox": set(),
    "database_errors": {"django"},
    "fields": {"django", "cryptography"},
    "formats": {"django"},
    "models": {"django", "cryptography", "fields"},
    "audit": {"django", "models"},
    "rows": {"django", "pyroaring", "models", "wechat"},
    "history": {"django", "models", "rows"},
    "accounts": {"audit", "axes", "django", "fields", "models", "rows", "wechat"},
    "statistics": {"django", "models", "rows", "history", "accounts", "wechat"},
    "runs": {"audit", "django", "formats", "django_q", "models", "rows", "accounts", "wechat"},
    "health": {"django", "runs"},
    "sync": {
        "audit",
        "django",
        "pyroaring",
        "models",
        "rows",
        "history",
        "accounts",
        "wechat",
        "runs",
    },
    "changes": {"audit", "django", "pyroaring", "models", "rows", "accounts", "wechat", "runs"},
    "schedules": {"audit", "django", "formats", "models", "rows", "sync", "wechat"},
    "conditions": {"django", "formats", "models", "rows", "accounts", "runs", "wechat"},
    "alerts": {
        "django",
        "apprise",
        "requests",
        "fields",
        "formats",
        "models",
        "rows",
        "statistics",
        "accounts",
        "schedules",
        "conditions",
        "wechat",
    },
    "files": {"django", "openpyxl"},
    "segments": {"django", "models", "rows", "files", "wechat"},
    "channels": {"django", "models", "rows", "segments"},
    "export": {"audit", "django", "models", "rows", "files", "channels"},
    "channel_files": {"django", "models", "files"},
    "imports": {
        "django",
        "openpyxl",
        "pyroaring",
        "models",
        "rows",
        "accounts",
        "files",
        "changes",
        "wechat",
    },
    "tasks": {"django.apps", "models", "history", "statistics", "runs"},
    "apps": {"django", "accounts", "runs", "sync", "changes"},
    "admin": {
        "audit",
        "django",
        "django_q",
        "redis",
        "unfold",
        "fields",
        "formats",
        "models",
        "rows",
        "history",
        "statistics",
        "accounts",
        "runs",
        "sync",
        "changes",
        "schedules",
        "conditions",
        "alerts",
        "files",
        "segments",
        "channels",
        "export",
        "channel_files",
        "imports",
        "wechat",
    },
    "management": {
        "audit",
        "django",
        "django_q",
        "psutil",
        "tqdm",
        "sandbox",
        "database_errors",
        "health",
        "models",
        "history",
        "statistics",
        "accounts",
        "runs",
        "sync",
        "schedules",
        "conditions",
        "alerts",
        "files",
        "segments",
        "export",
        "imports",
    },
}
NOBODY_IMPORTS = {"admin", "management", "tasks", "apps"}
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
# The history as a function of what is known: no tables, no Django.
PURE_HISTORY = ("figures", "fold", "observations", "periods", "timeline")
# Django tells a field its connection, and fields lie below rows/.
TELL_DATABASES_APART = {"rows/dialect.py", "fields.py"}


# The sandbox's rooms, each knowing those before it, and the modules beneath and on top of them all.
SANDBOX = PACKAGE / "sandbox"
ROOMS = ("people", "api", "faults", "http")
BELOW_ROOMS = {"options", "texts"}
ABOVE_ROOMS = {"__init__", "__main__", "cli"}
ALONE = {"management/commands/wechat_sandbox.py": {"sandbox", "django"}}

# A room for each page of the admin, and the others that it knows besides `shared`.
ADMIN = PACKAGE / "admin"
PAGES: dict[str, set[str]] = {
    "shared": set(),
    "staff": set(),
    "runs": set(),
    "channels": set(),
    "alerts": {"staff"},
    "changes": {"runs"},
    "exports": {"changes"},
    "audit": {"changes", "followers", "staff"},
    "followers": {"changes"},
    "tags": {"changes", "followers"},
    "accounts": {"runs"},
    "growth": set(),
    "segments": {"followers", "growth"},
    "home": {"accounts", "changes", "growth", "runs"},
}


def layer_of(path):
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def modules():
    return sorted(path for path in PACKAGE.rglob("*.py") if "migrations" not in path.parts)


def imported(path):
    """Absolute dotted names of everything that a module imports.

    Also within functions, and what only type checkers see.
    """
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


def dotted(path):
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def known_modules(path, names):
    """The modules of this package that a module imports, itself left out."""
    found = (it if it in names else it.rpartition(".")[0] for it in imported(path))
    return {name for name in found if name in names and name != dotted(path)}


def rooms(layer, path):
    """The rooms and modules of a layer that one of its modules imports from."""
    names = (name.split(".") for name in imported(path))
    return [parts[2] for parts in names if parts[:2] == ["followers", layer]]


def allowed(name, layers):
    return any(name == layer or name.startswith(f"{layer}.") for layer in layers)


def test_every_layer_is_in_the_table():
    assert {layer_of(path) for path in modules()} - {"__init__"} == set(MAY)


def test_no_arrow_points_up():
    order = list(MAY)
    upwards = {
        layer: others
        for number, layer in enumerate(order)
        if (others := MAY[layer].intersection(order[number:]))
    }
    assert upwards == {}


def test_the_pages_of_the_admin_stand_in_a_circle_nowhere():
    assert set(TopologicalSorter(PAGES).static_order()) == set(PAGES)


def test_no_module_imports_itself_by_way_of_others():
    """CycleError says which."""
    names = {dotted(path) for path in modules()}
    imports = {dotted(path): known_modules(path, names) for path in modules()}
    assert len(list(TopologicalSorter(imports).static_order())) == len(names)


@pytest.mark.parametrize(("one", "other"), [("sync", "changes"), ("changes", "sync")])
def test_kinds_of_runs_do_not_know_each_other(one, other):
    assert [path for path in modules() if layer_of(path) == one and other in foreign(path)] == []


def test_the_engine_names_no_kind_of_run_and_no_stage():
    kinds = [model.__name__.removesuffix("Run") for model in Run.__subclasses__()]
    words = re.compile(rf"\b({'|'.join(kinds)})[A-Z]\w*|['\"]({'|'.join(SyncStage.Name)})['\"]")
    own = [path for path in modules() if layer_of(path) == "runs"]
    named = [(path.name, word[0]) for path in own for word in words.finditer(path.read_text())]
    assert named == []


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


def test_the_fold_knows_nothing_but_what_it_is_given():
    own = [PACKAGE / "history" / f"{name}.py" for name in PURE_HISTORY]
    assert {name for path in own for name in rooms("history", path)} <= set(PURE_HISTORY)
    assert [name for path in own for name in foreign(path)] == []


def test_due_times_are_computed_without_tables_and_without_a_clock():
    assert list(foreign(PACKAGE / "schedules" / "times.py")) == []


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
    callers = ("followers.accounts.client.client_for", "followers.statistics.wechat_figures")
    assert [path for path in pages if set(callers) & set(imported(path))] == []


def test_one_place_tells_databases_apart():
    found = {path for path in modules() if ".vendor" in path.read_text()}
    assert {path.relative_to(PACKAGE).as_posix() for path in found} == TELL_DATABASES_APART


@pytest.mark.parametrize("place", range(len(ROOMS)), ids=ROOMS.__getitem__)
def test_a_room_of_the_sandbox_imports_only_those_before_it(place):
    wrong = [
        f"{path.relative_to(ROOT)}: {name}"
        for path in (SANDBOX / ROOMS[place]).rglob("*.py")
        for name in rooms("sandbox", path)
        if name not in {*BELOW_ROOMS, *ROOMS[: place + 1]}
    ]
    assert wrong == []


def test_every_module_of_the_sandbox_has_its_room():
    assert {path.parent.name for path in SANDBOX.glob("*/__init__.py")} == set(ROOMS)
    assert {path.stem for path in SANDBOX.glob("*.py")} == BELOW_ROOMS | ABOVE_ROOMS
    below = {name for stem in BELOW_ROOMS for name in rooms("sandbox", SANDBOX / f"{stem}.py")}
    assert below <= BELOW_ROOMS


@pytest.mark.parametrize("page", PAGES)
def test_a_page_of_the_admin_knows_only_what_its_row_names(page):
    own = list((ADMIN / page).glob("*.py"))
    known = {name for path in own for name in rooms("admin", path)} - {page, "shared"}
    assert known == PAGES[page]


def test_every_module_of_the_admin_has_its_page():
    assert {path.parent.name for path in ADMIN.glob("*/__init__.py")} == set(PAGES)
    assert [path.stem for path in ADMIN.glob("*.py")] == ["__init__"]
