"""A release is published whole, once, signed, and never changed."""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from spi_orchestration.release.files import ReleaseError, remove_tree, sha256_file
from spi_orchestration.release.publish import (
    current_release,
    list_releases,
    publish,
    release_id_of,
    verify_release,
)
from spi_orchestration.release.signoff import Signature, Signoff, read_signoff, template
from spi_orchestration.settings import Settings
from tests.release.conftest import make_draft, tree_bytes

ROOT = Path(__file__).parents[2]
DAY = dt.date(2026, 12, 15)
STEPS = ["check", "copy", "verify", "rename", "index", "pointer", "done"]


def signed(draft: Path, *, reason: str | None = None, **changes) -> Signoff:
    people = {"analyst": "A.B.", "assurer": "C.D.", "approver": "Head of Policy"} | changes.pop("people", {})
    return Signoff(
        manifest=changes.pop("manifest", sha256_file(draft / "manifest.json")),
        signatures=[
            Signature(role=role, given_by=who, date=changes.get("date", DAY), note="Read the report.")
            for role, who in people.items()
            if who
        ],
        reason=reason,
    )


def real_draft(settings, **changes):
    return make_draft(settings, synthetic=False, **changes)


# --- what a release is ---------------------------------------------------------------------------


def test_a_synthetic_draft_is_signed_by_marked_sample_roles(settings):
    draft = make_draft(settings)
    seen: list[str] = []
    release = publish(settings, draft, today=DAY, progress=seen.append)
    assert (release.id, release.new, release.synthetic) == ("2026.1", True, True)
    assert seen == STEPS
    record = json.loads((release.folder / "release.json").read_text(encoding="utf-8"))
    assert [(s["role"], s["sample"]) for s in record["signatures"]] == [
        ("analyst", True),
        ("assurer", True),
        ("approver", True),
    ]
    assert "SYNTHETIC" in (release.folder / "README.txt").read_text(encoding="utf-8")
    draft_files, files = tree_bytes(draft), tree_bytes(release.folder)
    assert files.pop("release.json")
    assert files == draft_files
    pointer = json.loads((settings.releases / "current.json").read_text(encoding="utf-8"))
    assert pointer["current"]["full"]["path"] == "2026.1"
    assert pointer["current"]["full"]["synthetic"] is True
    verify_release(release.folder)


def test_profiles_have_ids_and_pointers_of_their_own(settings):
    publish(settings, make_draft(settings), today=DAY)
    other = publish(settings, make_draft(settings, name="open-2025", profile="open", edition=2025), today=DAY)
    assert other.id == "open-2025.1"
    assert current_release(settings, "full").id == "2026.1"
    assert current_release(settings, "open").id == "open-2025.1"
    assert current_release(settings, "unknown") is None
    assert release_id_of("open", 2026, 3) == "open-2026.3"


def test_publishing_the_same_manifest_again_is_a_no_op_that_says_so(settings):
    draft = make_draft(settings)
    first = publish(settings, draft, today=DAY)
    before = tree_bytes(settings.releases)
    # Another run on the same input: other times, the same manifest.
    make_draft(settings, run={"run_id": "later"})
    again = publish(settings, draft, today=DAY + dt.timedelta(days=3))
    assert (again.id, again.new) == (first.id, False)
    assert tree_bytes(settings.releases) == before
    with pytest.raises(ReleaseError, match="no second id"):
        publish(settings, draft, release_id="2026.2", today=DAY)


def test_a_correction_is_a_new_release_and_the_old_one_keeps_every_byte(settings):
    first = publish(settings, make_draft(settings), today=DAY)
    before = tree_bytes(first.folder)
    second = publish(settings, make_draft(settings, shift=1.0), today=DAY)
    assert second.id == "2026.2"
    assert tree_bytes(first.folder) == before
    index = json.loads((settings.releases / "index.json").read_text(encoding="utf-8"))["releases"]
    assert [(r["id"], r["status"], r["superseded_by"]) for r in index] == [
        ("2026.1", "superseded", "2026.2"),
        ("2026.2", "published", None),
    ]
    assert current_release(settings, "full").id == "2026.2"
    # Going back to the first figures is a correction too, not an edit.
    third = publish(settings, make_draft(settings), today=DAY)
    assert (third.id, third.new) == ("2026.3", True)
    assert tree_bytes(first.folder) == before


def test_a_correction_of_an_older_edition_does_not_become_current(settings):
    publish(settings, make_draft(settings), today=DAY)
    later = DAY + dt.timedelta(days=30)
    older = publish(settings, make_draft(settings, name="full-2025", edition=2025), today=later)
    assert older.id == "2025.1"
    assert current_release(settings, "full").id == "2026.1"


def test_files_of_a_release_cannot_be_written_by_accident(settings):
    release = publish(settings, make_draft(settings), today=DAY)
    modes = {p.stat().st_mode & 0o222 for p in release.folder.rglob("*") if p.is_file()}
    assert modes == {0}


# --- what is refused -----------------------------------------------------------------------------


def refused(settings, draft, signoff, said, **keywords):
    before = tree_bytes(settings.releases) if settings.releases.is_dir() else {}
    before.pop(".lock", None)
    with pytest.raises(ReleaseError, match=said):
        publish(settings, draft, signoff, today=DAY, **keywords)
    after = tree_bytes(settings.releases) if settings.releases.is_dir() else {}
    after.pop(".lock", None)
    assert after == before


def test_real_input_needs_its_own_sign_off(settings):
    draft = real_draft(settings)
    refused(settings, draft, None, "needs the sign-off of analyst, assurer and approver")
    release = publish(settings, draft, signed(draft), today=DAY)
    assert release.synthetic is False
    assert (
        json.loads((release.folder / "release.json").read_text(encoding="utf-8"))["signatures"][0]["given_by"]
        == "A.B."
    )


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"people": {"assurer": None}}, "lacks the assurer"),
        ({"people": {"assurer": None, "approver": None}}, "lacks the assurer and the approver"),
        ({"people": {"assurer": "a b"}}, "analyst and assurer are the same"),
        ({"people": {"approver": "AB"}}, "analyst and approver are the same"),
        ({"people": {"approver": "c.d"}}, "assurer and approver are the same"),
        ({"people": {"approver": "--"}}, "does not say who"),
        ({"people": {"analyst": "Sample analyst (synthetic)"}}, "sample role"),
        ({"people": {"analyst": "sample-analyst"}}, "sample role"),
        ({"manifest": "0" * 64}, "the sign-off is for manifest 000000000000"),
        ({"date": dt.date(2026, 12, 16)}, "dated 2026-12-16, after today"),
    ],
)
def test_sign_offs_that_do_not_cover_the_draft(settings, changes, said):
    draft = real_draft(settings)
    refused(settings, draft, signed(draft, **changes), said)


def test_a_flagged_sample_signature_is_refused_on_real_input_whatever_its_name(settings):
    draft = real_draft(settings)
    good = signed(draft)
    marked = good.model_copy(
        update={"signatures": [good.signatures[0].model_copy(update={"sample": True}), *good.signatures[1:]]}
    )
    refused(settings, draft, marked, "sample role")


def test_two_signatures_in_one_role(settings):
    draft = real_draft(settings)
    good = signed(draft)
    twice = good.model_copy(update={"signatures": [*good.signatures, good.signatures[0]]})
    refused(settings, draft, twice, "two signatures as analyst")


def test_a_draft_built_again_after_sign_off_voids_it(settings):
    draft = real_draft(settings)
    signoff = signed(draft)
    real_draft(settings, shift=0.001)
    refused(settings, draft, signoff, "was built again")


def test_a_draft_without_its_stopped_datasets(settings):
    draft = make_draft(settings, stopped=["scc_eyfsp", "dwp_cilif"])
    assert "INCOMPLETE" in (draft / "README.txt").read_text(encoding="utf-8")
    refused(settings, draft, None, "built without dwp_cilif, scc_eyfsp")


def test_a_draft_that_differs_from_its_manifest(settings):
    draft = make_draft(settings)
    path = draft / "csv" / "dim_area.csv"
    good = path.read_bytes()
    path.write_bytes(good.replace(b"12", b"13"))
    refused(settings, draft, None, r"csv/dim_area.csv was changed")
    path.unlink()
    refused(settings, draft, None, r"csv/dim_area.csv is listed in the manifest and is missing")
    path.write_bytes(good)
    (draft / "csv" / "notes.csv").write_bytes(b"x")
    refused(settings, draft, None, r"csv/notes.csv is not in the manifest")
    (draft / "csv" / "notes.csv").unlink()
    (draft / "manifest.json").write_text("{", encoding="utf-8")
    refused(settings, draft, None, "not readable as JSON")
    refused(settings, draft.with_name("nowhere"), None, "there is no draft")


def test_ids(settings):
    draft = make_draft(settings)
    publish(settings, draft, today=DAY)
    changed = make_draft(settings, shift=1.0)
    refused(
        settings,
        changed,
        None,
        "2026.1 exists and is never changed; the next free id is 2026.2",
        release_id="2026.1",
    )
    refused(settings, changed, None, "no id for edition 2026", release_id="2025.2")
    refused(settings, changed, None, "no id for edition 2026", release_id="open-2026.2")
    refused(settings, changed, None, "no id for edition 2026", release_id="../2026.2")
    refused(settings, changed, None, "leave a gap", release_id="2026.7")
    assert publish(settings, changed, release_id="2026.2", today=DAY).id == "2026.2"


def test_a_real_correction_says_why(settings):
    draft = real_draft(settings)
    publish(settings, draft, signed(draft), today=DAY)
    draft = real_draft(settings, shift=1.0)
    refused(settings, draft, signed(draft), "Say in the sign-off why")
    release = publish(settings, draft, signed(draft, reason="Fuel poverty redelivered."), today=DAY)
    assert (release.id, release.reason) == ("2026.2", "Fuel poverty redelivered.")


def test_the_sample_never_takes_the_place_of_a_real_release(settings):
    draft = real_draft(settings)
    publish(settings, draft, signed(draft), today=DAY)
    refused(settings, make_draft(settings, name="sample"), None, "data folder of its own")


def test_a_real_release_takes_the_place_of_the_sample(settings):
    publish(settings, make_draft(settings, edition=2026), today=DAY)
    draft = real_draft(settings, edition=2025, name="real")
    release = publish(settings, draft, signed(draft), today=DAY)
    assert current_release(settings, "full").id == release.id == "2025.1"


def test_another_district_has_a_folder_of_its_own(settings):
    publish(settings, make_draft(settings), today=DAY)
    other = make_draft(settings, name="other", district={"code": "E07000199", "name": "Tamworth"})
    refused(settings, other, None, "data folder holds releases of E07000194")


def test_a_district_with_a_new_code_keeps_its_releases(settings):
    first = publish(settings, make_draft(settings, edition=2025), today=DAY)
    recoded = {"id": "E07000194", "code": "E07999194", "name": "Lichfield", "earlier_codes": ["E07000194"]}
    # The first release says nothing of an id, as releases made before there were ids; the old code is enough.
    second = publish(settings, make_draft(settings, name="new", district=recoded), today=DAY)
    # A later one knows the district by its id, whatever is told of its codes.
    again = {"id": "E07000194", "code": "E07999199", "name": "Lichfield", "earlier_codes": ["E07000194"]}
    third = publish(settings, make_draft(settings, edition=2027, name="third", district=again), today=DAY)
    assert (first.district, second.district, third.district) == ("E07000194", "E07999194", "E07999199")
    assert [release.id for release in list_releases(settings)] == [first.id, second.id, third.id]
    assert current_release(settings, "full").id == third.id


def test_two_publications_at_once(settings):
    from spi_orchestration.release.files import lock

    draft = make_draft(settings)
    settings.releases.mkdir(parents=True)
    script = (
        "import sys, time\nfrom pathlib import Path\nfrom spi_orchestration.release.files import lock\n"
        "with lock(Path(sys.argv[1])):\n    print('held', flush=True)\n    sys.stdin.read()\n"
    )
    held = subprocess.Popen(
        [sys.executable, "-c", script, str(settings.releases / ".lock")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    try:
        assert held.stdout.readline().strip() == b"held"
        with pytest.raises(ReleaseError, match="under way"):
            publish(settings, draft, today=DAY)
        # The operating system gives the lock back when its holder is killed.
        held.kill()
        held.wait()
        assert publish(settings, draft, today=DAY).new
    finally:
        held.kill()
        held.communicate()
    with lock(settings.releases / ".lock"):
        pass


# --- sign-off files ------------------------------------------------------------------------------


def test_a_sign_off_file_in_yaml_and_in_json(settings, tmp_path):
    draft = real_draft(settings)
    sha = sha256_file(draft / "manifest.json")
    path = tmp_path / "signoff.yml"
    path.write_text(
        f"manifest: {sha}\nsignatures:\n"
        "  - {role: analyst, given_by: A.B., date: 2026-12-10, note: Built and read.}\n"
        "  - {role: assurer, given_by: C.D., date: 2026-12-11, note: Checked twenty values., evidence: minute 7}\n"
        "  - {role: approver, given_by: Head of Policy, date: 2026-12-12, note: Approved., recorded_by: A.B., evidence: minute 8}\n",
        encoding="utf-8",
    )
    as_json = tmp_path / "signoff.json"
    as_json.write_text(read_signoff(path).model_dump_json(), encoding="utf-8")
    assert read_signoff(as_json) == read_signoff(path)
    assert publish(settings, draft, path, today=DAY).id == "2026.1"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("manifest: abc\nsignatures: []\n", "manifest: String should match"),
        ("signatures: []\n", "manifest: is missing"),
        ("manifest: " + "0" * 64 + "\nsignatures: []\nextra: 1\n", "extra: is an unknown key"),
        (
            "manifest: "
            + "0" * 64
            + "\nsignatures: [{role: chief, given_by: AB, date: 2026-01-01, note: yes}]\n",
            "role",
        ),
        (
            "manifest: "
            + "0" * 64
            + "\nsignatures: [{role: analyst, given_by: AB, date: soon, note: yes}]\n",
            "date",
        ),
        (
            "manifest: "
            + "0" * 64
            + "\nsignatures: [{role: analyst, given_by: 5, date: 2026-01-01, note: yes it}]\n",
            "given_by",
        ),
        ("a: [", "not readable"),
        ("manifest: " + "0" * 64 + "\nmanifest: " + "1" * 64 + "\nsignatures: []\n", "given twice"),
        ("", "whole"),
    ],
)
def test_sign_off_files_that_are_not_valid_name_file_and_key(tmp_path, text, said):
    path = tmp_path / "signoff.yml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ReleaseError, match=said) as caught:
        read_signoff(path)
    assert "signoff.yml" in str(caught.value)


def test_an_unfilled_template_is_refused(tmp_path):
    path = tmp_path / "signoff.yml"
    path.write_text(template("0" * 64), encoding="utf-8")
    with pytest.raises(ReleaseError, match="given_by"):
        read_signoff(path)
    with pytest.raises(ReleaseError, match="no sign-off file"):
        read_signoff(tmp_path / "absent.yml")


# --- crashes -------------------------------------------------------------------------------------


def two_releases(settings: Settings) -> tuple[Path, dict[str, bytes]]:
    """One release published, a changed draft ready, and what publishing it undisturbed gives."""
    publish(settings, make_draft(settings), today=DAY)
    draft = make_draft(settings, shift=1.0)
    saved = settings.data / "saved"
    shutil.copytree(settings.releases, saved)
    publish(settings, draft, today=DAY)
    undisturbed = tree_bytes(settings.releases)
    restore(settings)
    return draft, undisturbed


def restore(settings: Settings) -> None:
    remove_tree(settings.releases)
    shutil.copytree(settings.data / "saved", settings.releases)


def assert_whole(settings: Settings, first: dict[str, bytes]) -> str:
    """The public release is whole, and 2026.1 has every byte it had."""
    current = current_release(settings, "full")
    verify_release(current.folder)
    assert tree_bytes(settings.releases / "2026.1") == first
    for release in list_releases(settings):
        verify_release(release.folder)
    return current.id


@pytest.mark.parametrize("step", STEPS)
def test_killed_at_a_step_the_old_release_stays_and_the_next_try_finishes(settings, step):
    draft, undisturbed = two_releases(settings)
    first = tree_bytes(settings.releases / "2026.1")
    script = (
        "import datetime as dt, os, sys\nfrom pathlib import Path\n"
        "from spi_orchestration.release.publish import publish\nfrom spi_orchestration.settings import Settings\n"
        "data, draft, step = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]\n"
        "settings = Settings(root=data.parent, data=data, shares_file=data)\n"
        "stop = lambda name: os.kill(os.getpid(), 9) if name == step else None\n"
        "publish(settings, draft, today=dt.date(2026, 12, 15), progress=stop)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(settings.data), str(draft), step],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        check=False,
    )
    assert done.returncode in {-9, 9}
    assert assert_whole(settings, first) == ("2026.2" if step == "done" else "2026.1")
    publish(settings, draft, today=DAY)
    assert assert_whole(settings, first) == "2026.2"
    assert tree_bytes(settings.releases) == undisturbed


@pytest.mark.skipif(sys.platform != "linux", reason="on Linux only: forks a process for each file operation")
def test_killed_at_any_file_operation(settings):
    """Kill at the first, second, third … operation on a file, until publishing gets to its end."""
    from spi_orchestration.release import signoff  # noqa: F401  (imported once, before the forks)

    draft, undisturbed = two_releases(settings)
    first = tree_bytes(settings.releases / "2026.1")
    kills = 0
    while True:
        pid = os.fork()
        if pid == 0:
            left = kills

            def hook(event: str, arguments: tuple) -> None:
                nonlocal left
                if event in {"open", "os.rename", "os.mkdir", "os.chmod", "os.remove", "os.rmdir"} and str(
                    settings.releases
                ) in str(arguments[0]):
                    if left == 0:
                        os.kill(os.getpid(), 9)
                    left -= 1

            sys.addaudithook(hook)
            try:
                publish(settings, draft, today=DAY)
            finally:
                os._exit(0)
        _, status = os.waitpid(pid, 0)
        assert_whole(settings, first)
        if os.WIFEXITED(status):
            break
        kills += 1
        publish(settings, draft, today=DAY)
        assert assert_whole(settings, first) == "2026.2"
        assert tree_bytes(settings.releases) == undisturbed
        restore(settings)
    assert kills > 30


def test_a_failed_copy_is_no_release(settings, monkeypatch):
    draft, _ = two_releases(settings)
    first = tree_bytes(settings.releases / "2026.1")

    def disk_full(step: str) -> None:
        if step == "verify":
            (settings.releases / ".new-2026.2" / "csv" / "dim_area.csv").write_bytes(b"area")

    with pytest.raises(ReleaseError, match="was changed"):
        publish(settings, draft, today=DAY, progress=disk_full)
    assert assert_whole(settings, first) == "2026.1"
    assert not (settings.releases / "2026.2").exists()


# --- readers -------------------------------------------------------------------------------------


def test_readers_holding_the_current_release_do_not_stop_publishing(settings):
    import duckdb

    release = publish(settings, make_draft(settings), today=DAY)
    parquet = release.folder / "parquet" / "fct_index_score.parquet"
    script = (
        "import sys\nstreams = [open(p, 'rb') for p in sys.argv[1:]]\n"
        "print('held', flush=True)\nsys.stdin.read()\nsys.stdout.write(str(sum(len(s.read()) for s in streams)))\n"
    )
    files = [parquet, settings.releases / "current.json", settings.releases / "index.json"]
    sizes = sum(path.stat().st_size for path in files)
    reader = subprocess.Popen(
        [sys.executable, "-c", script, *map(str, files)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with duckdb.connect() as con:
        result = con.execute(f"select * from '{parquet}'")
        assert reader.stdout.readline().strip() == b"held"
        if os.name == "nt":  # an open pointer cannot be swapped there; see docs/release.md
            reader.kill()
        second = publish(settings, make_draft(settings, shift=1.0), today=DAY)
        assert second.id == "2026.2"
        assert len(result.fetchall()) == 10
    out, _ = reader.communicate()
    if os.name != "nt":
        # The reader goes on reading what it had opened.
        assert int(out) == sizes


def test_a_release_folder_that_was_touched_is_found(settings):
    release = publish(settings, make_draft(settings), today=DAY)
    path = release.folder / "csv" / "dim_area.csv"
    path.chmod(0o644)
    path.write_bytes(path.read_bytes().replace(b"12", b"13"))
    with pytest.raises(ReleaseError, match=r"2026\.1: csv/dim_area\.csv was changed"):
        verify_release(release.folder)
    with pytest.raises(ReleaseError, match="was changed"):
        publish(settings, settings.drafts / "full-2026", today=DAY)


def test_ranking_is_read_from_the_release_for_its_own_edition(settings):
    from spi_orchestration.release.read import read_ranking

    release = publish(settings, make_draft(settings), today=DAY)
    ranking = read_ranking(release.folder)
    assert ranking.synthetic and ranking.edition == 2026
    assert [(a.code, a.score, a.position) for a in ranking.areas] == [
        ("E05010655", 57.5, 1),
        ("E05010654", 54.25, 2),
        ("E05010653", 51.0, 3),
        ("E05010656", None, None),
    ]
    assert read_ranking(release.folder, "district").areas[0].score == 52.5
    # The warehouse holds 2025 and 2026; a release of 2025 shows its own year.
    older = make_draft(settings, name="full-2025", edition=2025)
    assert [a.score for a in read_ranking(older).areas] == [56.5, 53.25, 50.0, None]
    with pytest.raises(ReleaseError, match="no group has an index score"):
        read_ranking(release.folder, "group")
