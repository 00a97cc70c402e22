"""WeChat's limits and errcodes, which no other module repeats."""

import ast
import re
from itertools import chain

import pytest

from followers.wechat import limits
from followers.wechat.error_table import CODES
from followers.wechat.limits import CONTROL_CHARACTER, TOO_LONG, text_problem
from tests.test_layers import PACKAGE, layer_of, modules

TEN_CHARACTERS = "老" * 10
ERRCODES = {code for code in CODES if code > 0}
# Group bots have codes of their own, some of the same numbers.
OF_BOTS = "answers.py"
OTHER_MODULES = [
    path
    for path in modules()
    if layer_of(path) not in ("wechat", "sandbox") and path.name != OF_BOTS
]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", ""),
        ("x" * 30, ""),
        ("x" * 31, TOO_LONG),
        (TEN_CHARACTERS, ""),
        (TEN_CHARACTERS + "x", TOO_LONG),
        ("\U0001f600" * 7 + "xx", ""),
        ("\U0001f600" * 8, TOO_LONG),
        ("a\nb", CONTROL_CHARACTER),
        ("a\tb", CONTROL_CHARACTER),
        ("\0", CONTROL_CHARACTER),
        ("a b\x7f\u2028", ""),
        ("\n" * 31, TOO_LONG),
    ],
)
def test_text_problem(text, problem):
    assert text_problem(text, 30) == problem


@pytest.mark.parametrize(
    ("tag_id", "is_system", "can_assign"),
    [(0, True, False), (1, True, False), (2, True, True), (3, False, True), (100, False, True)],
)
def test_system_tags(tag_id, is_system, can_assign):
    assert (limits.is_system_tag(tag_id), limits.can_assign_tag(tag_id)) == (is_system, can_assign)


def constants(path):
    """Numeric constants of a module, including numeric strings."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Constant) and str(node.value).isdecimal():
            yield int(node.value)


def test_no_other_module_contains_errcodes():
    assert {45159, 40003} <= ERRCODES
    written = {path: ERRCODES.intersection(constants(path)) for path in OTHER_MODULES}
    assert {str(path): codes for path, codes in written.items() if codes} == {}


def test_constants_finds_the_errcodes():
    """Proves that the test above would find them."""
    inside = (path for path in modules() if layer_of(path) == "wechat")
    assert set(chain.from_iterable(map(constants, inside))) >= ERRCODES


def redefined_limits(path):
    """Constants of a module that have the same name as one of limits.py."""
    names = {name for name, value in vars(limits).items() if isinstance(value, int)}
    for node in ast.walk(ast.parse(path.read_text())):
        targets = node.targets if isinstance(node, ast.Assign) else []
        yield from (it.id for it in targets if isinstance(it, ast.Name) and it.id in names)


def test_limits_are_defined_in_one_module():
    assert "MAX_REMARK_BYTES" in set(redefined_limits(PACKAGE / "wechat" / "limits.py"))
    assert {
        str(path): found for path in OTHER_MODULES if (found := list(redefined_limits(path)))
    } == {}


def test_bytes_are_counted_in_one_module():
    assert [
        str(path) for path in OTHER_MODULES if re.search(r"encode\(\)\) >", path.read_text())
    ] == []
