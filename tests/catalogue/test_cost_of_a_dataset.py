"""What a dataset costs: a catalogue entry and one short staging model, and no Python of its own."""

from __future__ import annotations

import re
from pathlib import Path

from spi_orchestration.catalogue import load_catalogue
from spi_orchestration.settings import Settings

SETTINGS = Settings.load()
CATALOGUE = load_catalogue(SETTINGS)
PACKAGE = SETTINGS.root / "spi_orchestration"
STAGING = SETTINGS.root / "dbt_project" / "models" / "staging"

#: Lines that say no more than which columns a model has.
_COLUMN = re.compile(r"^\s*(cast\()?[\w.\"]+( as \w+\))?( as \w+)?,?$")


def _named(path: Path) -> set[str]:
    words = set(re.findall(r"\w+", path.read_text(encoding="utf-8")))
    return words & set(CATALOGUE.datasets)


def test_no_dataset_has_python_of_its_own(record_property):
    """No module outside the sample names a dataset; what differs between them is all in the catalogue."""
    modules = [path for path in PACKAGE.rglob("*.py") if "sample" not in path.relative_to(PACKAGE).parts]
    named = {path.relative_to(PACKAGE).as_posix(): sorted(_named(path)) for path in modules if _named(path)}
    record_property("datasets named in Python outside the sample", len(named))
    assert len(modules) > 80
    assert named == {}


def test_the_count_would_see_a_dataset_that_is_named(tmp_path):
    module = tmp_path / "special.py"
    module.write_text('if dataset == "scc_ks2":\n    pass\n', encoding="utf-8")
    assert _named(module) == {"scc_ks2"}


def test_staging_models_average_under_forty_lines(record_property):
    """Lines that are not blank, no comment, and not the bare list of columns."""
    lines: dict[str, int] = {}
    for path in STAGING.rglob("stg_*.sql"):
        text = [line for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
        code = [line for line in text if not line.strip().startswith("--")]
        lines[path.stem.removeprefix("stg_")] = sum(not _COLUMN.match(line) for line in code)
    assert set(lines) == set(CATALOGUE.datasets), "one staging model a dataset, and no more"
    mean = sum(lines.values()) / len(lines)
    record_property("staging models", len(lines))
    record_property("mean lines of a staging model", round(mean, 1))
    longest = max(lines, key=lambda name: lines[name])
    print(f"{len(lines)} staging models, {mean:.1f} lines on average; longest {longest}: {lines[longest]}")
    assert mean < 40
