"""The texts that the admin theme shows, read from its templates and modules."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import unfold
from django.utils.translation.template import templatize

THEME = Path(unfold.__file__).parent
STRING = r"""(u?(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"))"""
IN_TEMPLATE = re.compile(rf"\b(?:n?gettext|_)\(\s*{STRING}")
MARKERS = {"_", "gettext", "gettext_lazy", "ngettext", "ngettext_lazy"}


def texts() -> set[str]:
    """Every message id of the theme itself; its optional extras are not installed."""
    found = set()
    for path in THEME.rglob("*.html"):
        if "contrib" not in path.parts:
            found.update(of_template(path.read_text()))
    for path in THEME.glob("**/*.py"):
        if "contrib" not in path.parts:
            found.update(of_module(path.read_text()))
    return found


def of_template(source: str) -> Iterator[str]:
    for match in IN_TEMPLATE.finditer(templatize(source)):
        yield ast.literal_eval(match.group(1))


def of_module(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if (
            isinstance(node, ast.Call)
            and getattr(node.func, "id", "") in MARKERS
            and node.args
            and isinstance(node.args[0], ast.Constant)
        ):
            yield node.args[0].value
