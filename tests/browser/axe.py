"""axe-core, which looks for what keeps people out of a page: names, labels, contrast.

The script of the package selenium-axe-python is all that is used of it.
"""

import json
from functools import cache
from importlib import resources
from typing import Any

from selenium.webdriver.chrome.webdriver import WebDriver

# What axe itself calls moderate or experimental, and we will not have all the same.
NEVER = frozenset(
    {
        "aria-prohibited-attr",
        "button-name",
        "label",
        "label-content-name-mismatch",
        "link-in-text-block",
    }
)
# Those whose verdict depends on colours: all that differs in the dark.
COLOURS = ["color-contrast", "link-in-text-block"]

# A colour on its way to another is neither of them.
STILL = "* { animation: none !important; transition: none !important; }"
INJECT = """
    const style = document.createElement("style");
    style.textContent = arguments[1];
    document.head.append(style);
    // Through the window: a script of the driver keeps its names to itself.
    if (!window.axe) (0, eval)(arguments[0]);
"""
DARK = "document.documentElement.classList.toggle('dark', arguments[0]);"
RUN = """
    const answer = arguments[arguments.length - 1];
    axe.run(document, arguments[0]).then(
        (found) => answer(found.violations),
        (error) => answer(String(error)),
    );
"""


@cache
def source() -> str:
    return resources.files("selenium_axe_python").joinpath("axe-core/axe.min.js").read_text()


def violations(driver: WebDriver) -> list[str]:
    """What is wrong with the page as it stands, in light and dark colours: one line for each."""
    driver.execute_script(INJECT, source(), STILL)
    everything = {"rules": {"label-content-name-mismatch": {"enabled": True}}}
    found = []
    for theme, options in (("light", everything), ("dark", {"runOnly": COLOURS})):
        driver.execute_script(DARK, theme == "dark")
        found += [f"{theme}: {line}" for line in _run(driver, options)]
    return found


def _run(driver: WebDriver, options: dict[str, Any]) -> list[str]:
    options = {**options, "resultTypes": ["violations"], "elementRef": False}
    answer = driver.execute_async_script(RUN, options)
    assert isinstance(answer, list), answer
    return [
        _line(rule["id"], node)
        for rule in answer
        if rule["impact"] in {"serious", "critical"} or rule["id"] in NEVER
        for node in rule["nodes"]
    ]


def _line(rule: str, node: dict[str, Any]) -> str:
    html = " ".join(node["html"].split())[:200]
    why = " ".join(node.get("failureSummary", "").split())[:160]
    return f"{rule} {json.dumps(node['target'])} {html} ({why})"
