import re
from pathlib import Path

import pytest

from followers.sandbox import FAULTS, api
from followers.sandbox.texts import ERRMSG, FAULT_TEXTS


def test_every_fault_is_explained():
    assert set(FAULT_TEXTS) == set(FAULTS)


@pytest.mark.parametrize("name", FAULTS)
def test_in_both_languages(name: str):
    for texts in FAULT_TEXTS[name].values():
        assert set(texts) == {"zh", "en"}
        assert not re.search(r"[\u4e00-\u9fff]", texts["en"])
    assert re.search(r"[\u4e00-\u9fff]", FAULT_TEXTS[name]["text"]["zh"])


def test_every_refusal_has_its_errmsg():
    sources = "".join(path.read_text() for path in Path(api.__path__[0]).glob("*.py"))
    raised = {int(code) for code in re.findall(r"(?:ApiError\(|errcode=)(\d{5})", sources)}
    assert len(raised) > 20
    assert raised | {int(name) for name in FAULTS if name.strip("-").isdecimal()} <= set(ERRMSG)
