"""What WeChat allows, which nobody else writes down, and what its codes are, likewise."""

import ast
import re
from itertools import chain

import pytest

from followers.wechat import limits
from followers.wechat.codes import CODES
from followers.wechat.limits import CONTROL_CHARACTER, TOO_LONG, text_flaw
from tests.test_layers import PACKAGE, layer_of, modules

TEN = "老" * 10
ERRCODES = {code for code in CODES if code > 0}
OTHERS = [path for path in modules() if layer_of(path) not in ("wechat", "sandbox")]


@pytest.mark.parametrize(
    ("text", "flaw"),
    [
        ("", ""),
        ("x" * 30, ""),
        ("x" * 31, TOO_LONG),
        (TEN, ""),
        (TEN + "x", TOO_LONG),
        ("\U0001f600" * 7 + "xx", ""),
        ("\U0001f600" * 8, TOO_LONG),
        ("a\nb", CONTROL_CHARACTER),
        ("a\tb", CONTROL_CHARACTER),
        ("\0", CONTROL_CHARACTER),
        ("a b\x7f\u2028", ""),
        ("\n" * 31, TOO_LONG),
    ],
)
def test_a_text(text, flaw):
    assert text_flaw(text, 30) == flaw


@pytest.mark.parametrize(
    ("tag_id", "system", "given"),
    [(0, True, False), (1, True, False), (2, True, True), (3, False, True), (100, False, True)],
)
def test_wechats_own_tags(tag_id, system, given):
    assert (limits.is_system_tag(tag_id), limits.can_be_given(tag_id)) == (system, given)


def constants(path):
    """Numbers of a module, also those that are written as text."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Constant) and str(node.value).isdecimal():
            yield int(node.value)


def test_errcodes_have_names_outside_of_this_package():
    assert {45159, 40003} <= ERRCODES
    written = {path: ERRCODES.intersection(constants(path)) for path in OTHERS}
    assert {str(path): codes for path, codes in written.items() if codes} == {}


def test_errcodes_are_told_where_they_are_needed():
    """The test above would see them."""
    inside = (path for path in modules() if layer_of(path) == "wechat")
    assert set(chain.from_iterable(map(constants, inside))) >= ERRCODES


def own_limits(path):
    """Constants that a module gives the name of a number of limits.py."""
    names = {name for name, value in vars(limits).items() if isinstance(value, int)}
    for node in ast.walk(ast.parse(path.read_text())):
        targets = node.targets if isinstance(node, ast.Assign) else []
        yield from (it.id for it in targets if isinstance(it, ast.Name) and it.id in names)


def test_limits_stand_in_one_place():
    assert "REMARK_BYTES" in set(own_limits(PACKAGE / "wechat" / "limits.py"))
    assert {str(path): found for path in OTHERS if (found := list(own_limits(path)))} == {}


def test_texts_are_measured_in_one_place():
    """In bytes, as WeChat counts them."""
    assert [str(path) for path in OTHERS if re.search(r"encode\(\)\) >", path.read_text())] == []
