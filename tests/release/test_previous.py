"""What a build is compared with: the release before it and the locked baseline, from the sample's own release."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from spi_orchestration.assets import earlier
from spi_orchestration.catalogue import CatalogueError
from spi_orchestration.index import accounts, baseline
from spi_orchestration.release import previous
from spi_orchestration.release.files import ReleaseError
from spi_orchestration.settings import Settings

DISTRICT = "E07000194"


@pytest.fixture(scope="module")
def installed(sample_run, tmp_path_factory) -> Settings:
    """An installation that holds a copy of the sample's release and nothing else."""
    root = tmp_path_factory.mktemp("installed")
    shutil.copytree(sample_run.data / "releases", root / "data" / "releases")
    (root / "config").mkdir()
    return Settings(root=root, data=root / "data", shares_file=root / "none.yml")


@pytest.fixture(scope="module")
def written(installed, tmp_path_factory) -> tuple[previous.Release, Path, dict[str, object]]:
    release = previous.find_previous(installed, "full", 2027, [DISTRICT], synthetic=True)
    assert release is not None
    folder = tmp_path_factory.mktemp("accepted")
    named = previous.write_previous(folder, release)
    assert named is not None
    return release, folder, named


def test_a_build_follows_the_newest_release_of_an_earlier_edition(installed, written):
    release, _, named = written
    assert release.edition == 2026
    assert named == {"id": release.id, "edition": 2026, "manifest_sha256": release.manifest_sha256}
    for edition, profile, district, synthetic in (
        (2026, "full", DISTRICT, True),
        (2027, "open", DISTRICT, True),
        (2027, "full", "E07000099", True),
        # Real deliveries never follow made-up ones.
        (2027, "full", DISTRICT, False),
    ):
        assert previous.find_previous(installed, profile, edition, [district], synthetic) is None
    # A district with a new code follows what it published under the old one.
    recoded = previous.find_previous(installed, "full", 2027, ["E07000099", DISTRICT], synthetic=True)
    assert recoded is not None and recoded.id == release.id


def test_a_release_gives_its_own_scores_again(written):
    release, folder, _ = written
    tables = {
        f"idx{n}": duckdb.read_parquet((folder / f"{n}.parquet").as_posix()).df()
        for n in previous.PREVIOUS_TABLES
    }
    made = accounts.published(tables)
    path = (release.folder / "parquet" / "fct_index_score.parquet").as_posix()
    said = duckdb.sql(f"select area_code, score from '{path}' where edition = 2026").df()
    found = pd.Series(made.index, index=list(made.areas))
    assert len(said) == 27
    assert (found[said["area_code"]].to_numpy() - said["score"].to_numpy()).max() < 1e-9


def test_without_a_release_the_tables_are_there_and_empty(tmp_path):
    assert previous.write_previous(tmp_path, None) is None
    for name, columns in previous.PREVIOUS_TABLES.items():
        table = duckdb.sql(f"select * from '{(tmp_path / name).as_posix()}.parquet'")
        assert table.columns == list(columns)
        assert table.fetchall() == []


def test_a_release_that_was_changed_is_refused(installed, written, tmp_path):
    release, _, _ = written
    data = tmp_path / "data"
    shutil.copytree(installed.releases, data / "releases")
    settings = Settings(root=tmp_path, data=data, shares_file=tmp_path / "none.yml")
    path = data / "releases" / release.id / "parquet" / "fct_index_score.parquet"
    path.chmod(0o644)
    duckdb.sql(
        f"copy (select * replace (score + 1 as score) from '{path.as_posix()}') to '{path.as_posix()}.new'"
    )
    Path(f"{path}.new").replace(path)
    found = previous.find_previous(settings, "full", 2027, [DISTRICT], synthetic=True)
    with pytest.raises(ReleaseError, match=r"fct_index_score\.parquet is missing or was changed"):
        previous.write_previous(tmp_path, found)


def adopt(settings: Settings, sha256: str, **other: object) -> None:
    entry = {
        "id": "plan",
        "name": "Plan",
        "profile": "full",
        "edition": 2026,
        "file": "plan.json",
        "sha256": sha256,
        "role": "Cabinet",
        "adopted_on": "2026-12-20",
        "source": "Minutes",
        "synthetic": True,
    } | other
    entry = {key: value for key, value in entry.items() if value is not None}
    (settings.config / "baselines.yml").write_text(json.dumps({"baselines": [entry]}), encoding="utf-8")


def test_a_baseline_cannot_be_changed_unnoticed(installed, written, tmp_path):
    release, _, _ = written
    method, scores = previous.release_scores(release)
    locked = baseline.lock("Plan", "2026", release.id, method, scores)
    path = installed.config / "baselines" / "plan.json"
    path.parent.mkdir(exist_ok=True)
    path.unlink(missing_ok=True)
    baseline.write(locked, path)
    adopt(installed, locked.digest)
    named = earlier.write_earlier(tmp_path, installed, "full", 2027, [DISTRICT], True)
    assert named["previous_release"]["id"] == release.id
    assert named["baseline"] == {"id": "plan", "sha256": locked.digest}
    rows = duckdb.sql(f"select count(*), count(score) from '{tmp_path.as_posix()}/_baseline_score.parquet'")
    assert rows.fetchone()[0] == len(scores)
    # It counts for made-up deliveries alone, as it is marked.
    assert earlier.adopted_baseline(installed, "full", False) is None

    text = path.read_text(encoding="utf-8")
    body = json.loads(text)
    body["rows"][5][2] = 99.5
    path.write_text(json.dumps(body), encoding="utf-8")
    with pytest.raises(CatalogueError, match=r"plan\.json was changed after it was locked"):
        earlier.write_earlier(tmp_path, installed, "full", 2027, [DISTRICT], True)
    # A lock made anew has another digest than the one that was adopted.
    forged = baseline.lock(
        "Plan", "2026", release.id, method, scores.assign(score=scores["score"].clip(upper=40))
    )
    path.unlink()
    baseline.write(forged, path)
    with pytest.raises(CatalogueError, match="not the baseline that was adopted"):
        earlier.write_earlier(tmp_path, installed, "full", 2027, [DISTRICT], True)
    path.unlink()
    with pytest.raises(CatalogueError, match=r"plan\.json is missing"):
        earlier.write_earlier(tmp_path, installed, "full", 2027, [DISTRICT], True)
    path.write_text(text, encoding="utf-8")
    adopt(installed, locked.digest, edition=2025)
    with pytest.raises(CatalogueError, match="names edition 2025; its lock holds 2026"):
        earlier.adopted_baseline(installed, "full", True)


def test_only_an_example_goes_without_a_lock(installed):
    adopt(installed, None, file=None, synthetic=False)  # type: ignore[arg-type]
    with pytest.raises(CatalogueError, match="a baseline needs its lock"):
        earlier.read_adopted(installed)
    adopt(installed, None, file=None)  # type: ignore[arg-type]
    found = earlier.adopted_baseline(installed, "full", True)
    assert found is not None and found[1] is None
    adopt(installed, "a" * 64, file=None)
    with pytest.raises(CatalogueError, match="file and sha256 go together"):
        earlier.read_adopted(installed)


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("targets.csv", "area_code,code,score,value,due,role,source\nW,i,120,,2030-01-01,R,S\n", "Row 1"),
        ("targets.csv", "area_code,code,score,value,due,role,source\nW,i,50,9,2030-01-01,R,S\n", "not both"),
        ("targets.csv", "area_code,code,score,value,due,role,source\nW,i,50,,soon,R,S\n", "Row 1"),
        ("policy_events.csv", "date,wards,indicators,event,source\nMay,,,A hub opens,S\n", "no ISO date"),
        (
            "policy_events.csv",
            "date,wards,indicators,event,source\n2025-05-01,,,A hub led to fewer falls,S\n",
            "says 'led to'",
        ),
    ],
)
def test_targets_and_events_are_refused_by_file_and_row(installed, name, text, words):
    folder = installed.seeds / "policy"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CatalogueError, match=words) as caught:
        earlier.check_policy(installed)
    assert f"policy/{name}" in str(caught.value)
    path.unlink()
