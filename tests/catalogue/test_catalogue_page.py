"""The page on the catalogue names every key there is.

Belongs here: the comparison of `docs/catalogue.md` with the models. Does not belong here: what a key does.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from spi_orchestration import catalogue

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "catalogue.md").read_text(encoding="utf-8")
NAMED = set(re.findall(r"`([^`]+)`", PAGE))
MODELS = (
    catalogue.Contract,
    catalogue.Column,
    catalogue.Measure,
    catalogue.Refresh,
    catalogue.Geography,
    catalogue.Layout,
    catalogue.Coverage,
    catalogue.Unpivot,
    catalogue.Locator,
)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_key_is_named(model):
    assert [name for name in model.model_fields if name not in NAMED] == []


def test_every_kind_of_rule_and_type_is_named():
    for field, model in (("kind", catalogue.Rule), ("type", catalogue.Column), ("format", catalogue.Layout)):
        kinds = model.model_fields[field].annotation.__args__
        assert [kind for kind in kinds if kind not in NAMED] == []
