"""The page that lists each duty of the release checklist, the tests that show it, and their results.

Belongs here: the duties that concern what is shown, and the page. Does not belong here: the tests.
"""

from __future__ import annotations

from collections.abc import Mapping

from markupsafe import escape

from spi_orchestration.site.words import Words

__all__ = ["DUTIES", "OTHERS", "render"]

#: Duties of what is shown: each needs a passing test.
DUTIES = tuple(
    [
        "P1",
        "P2",
        "P3",
        "P4",
        "U1",
        "U2",
        "U3",
        "U4",
        "U5",
        "D3",
        "D7",
        "Q1",
        "Q3",
        "Q4",
        "Q5",
        "A1",
        "A2",
        "A3",
        "A4",
        "A5",
        "A6",
        "A7",
        "A8",
        "W1",
        "W2",
    ]
)
#: The other duties of the checklist, shown elsewhere or not yet.
OTHERS = tuple(
    ["P5", "U6", "D1", "D2", "D4", "D5", "D6", "Q2", "R1", "R2", "S1", "S2", "S3", "S4", "B1", "B2", "M1"]
)


def render(results: Mapping[str, Mapping[str, str]]) -> str:
    """The page.

    Args:
        results: for each duty the outcome (`passed`, `failed`, `skipped`) of its tests by name.
    """
    t = Words()
    rows = []
    for duty in (*DUTIES, *OTHERS):
        for name, outcome in sorted(results.get(duty, {}).items()) or [("", "")]:
            said = t(f"checklist.{outcome}") if outcome in {"passed", "failed"} else t("checklist.not_shown")
            rows.append(
                f'<tr><th scope="row">{duty}</th><td><code>{escape(name)}</code></td><td>{said}</td></tr>'
            )
    heads = "".join(f'<th scope="col">{t(f"checklist.{key}")}</th>' for key in ("id", "test", "result"))
    return (
        '<!doctype html>\n<html lang="en-GB"><head><meta charset="utf-8">'
        f"<title>{t('checklist.title')}</title></head><body><main><h1>{t('checklist.title')}</h1><p>{t('checklist.lead')}</p>"
        f"<table><thead><tr>{heads}</tr></thead><tbody>\n"
        + "\n".join(rows)
        + "\n</tbody></table></main></body></html>\n"
    )
