"""Which files of a share are a delivery, and what is said when they are not there."""

from __future__ import annotations

from pathlib import Path

import pytest

from spi_orchestration.catalogue import load_catalogue, load_shares
from spi_orchestration.intake.shares import Share, _pattern, open_share
from tests.helpers.small import Small, make_small, write_csv


@pytest.fixture
def small(tmp_path: Path) -> Small:
    return make_small(tmp_path)


def opened(small: Small) -> Share:
    catalogue = load_catalogue(small.settings)
    return open_share(small.settings, catalogue, load_shares(small.settings, catalogue))


@pytest.mark.parametrize(
    ("glob", "name", "matches"),
    [
        ("a/*.csv", "a/x.csv", True),
        ("a/*.csv", "a/b/x.csv", False),
        ("a/**/*.csv", "a/b/c/x.csv", True),
        ("a/**/*.csv", "a/x.csv", True),
        ("KS2_202526.csv", "ks2_202526.CSV", True),
        ("x[12].csv", "x2.csv", True),
        ("x[!12].csv", "x2.csv", False),
        ("x?.csv", "x/.csv", False),
        ("lookup (Version_2).csv", "lookup (Version_2).csv", True),
        ("a.csv", "abcsv", False),
    ],
)
def test_a_pattern_means_what_suppliers_expect(glob: str, name: str, matches: bool) -> None:
    assert bool(_pattern(glob).fullmatch(name)) is matches


def test_the_files_of_an_edition_are_found(small: Small) -> None:
    share = opened(small)
    found = share.find(share.catalogue["county_pupils"], 2026)
    assert found.complete
    assert [file.name for file in found.files] == ["education/pupils_202526.csv"]
    assert found.files[0].size == small.pupils().stat().st_size
    assert found.layout is not None
    assert found.layout.id == "csv"


def test_a_missing_file_names_folder_pattern_and_near_names(small: Small) -> None:
    small.pupils().rename(small.pupils().with_name("pupils_2025-26.csv"))
    share = opened(small)
    found = share.find(share.catalogue["county_pupils"], 2026)
    assert not found.complete
    (finding,) = found.findings
    assert finding.check == "delivered"
    assert finding.grade == "stop"
    assert finding.file == "education/pupils_202526.csv"
    assert "county" in finding.expected
    assert "edition 2026" in finding.expected
    assert "education/pupils_2025-26.csv" in finding.found
    assert "Staffordshire County Council" in finding.remedy


def test_an_absent_folder_is_said_to_be_absent(small: Small) -> None:
    small.areas.unlink()
    share = opened(small)
    (finding,) = share.find(share.catalogue["ref_areas"], 2026).findings
    assert finding.found == "the folder is absent or holds no file"


def test_a_folder_that_cannot_be_read_is_a_finding_of_its_own_suppliers_alone(
    small: Small, monkeypatch: pytest.MonkeyPatch
) -> None:
    share = opened(small)
    find = share.system.find

    def refuse(path: str, **more: object) -> object:
        if path.endswith("/county"):
            raise PermissionError(13, "refused", path)
        return find(path, **more)

    monkeypatch.setattr(share.system, "find", refuse)
    (finding,) = share.find(share.catalogue["county_pupils"], 2026).findings
    assert finding.found == "the folder cannot be read (PermissionError)"
    assert share.find(share.catalogue["council_members"], 2026).complete


def test_what_programs_leave_behind_is_no_delivery(small: Small) -> None:
    for name in ("~$homes_2027.xlsx", ".homes_2027.xlsx", "homes_2027.xlsx.part"):
        (small.homes().parent / name).write_bytes(b"x")
    share = opened(small)
    assert share.unmatched([2025, 2026]) == []


def test_loose_files_are_listed_and_expected_ones_are_not(small: Small) -> None:
    write_csv(small.pupils().with_name("notes.csv"), [["a"], ["b"]])
    share = opened(small)
    assert share.unmatched([2025, 2026]) == ["county/education/notes.csv"]
    # Seen from one edition alone, the other edition's files are loose.
    assert "county/education/pupils_202425.csv" in share.unmatched([2026])


def test_a_shares_file_that_names_files_takes_the_place_of_patterns(small: Small) -> None:
    shares = small.settings.shares_file
    text = shares.read_text(encoding="utf-8")
    odd = write_csv(small.share / "odd" / "pupils final v2.csv", [["a"], ["b"]])
    named = "deliveries: {county_pupils: {2026: {files: ['odd/pupils final v*.csv'], layout: csv}}}\n"
    shares.write_text(text + named, encoding="utf-8")
    share = opened(small)
    found = share.find(share.catalogue["county_pupils"], 2026)
    assert [file.path for file in found.files] == [odd.as_posix()]
    # Other editions of the dataset still follow the catalogue.
    assert share.find(share.catalogue["county_pupils"], 2025).complete


def test_without_a_folder_or_named_files_the_finding_says_where_to_put_them(small: Small) -> None:
    shares = small.settings.shares_file
    shares.write_text(shares.read_text(encoding="utf-8").replace("scc: county, ", ""), encoding="utf-8")
    share = opened(small)
    (finding,) = share.find(share.catalogue["county_pupils"], 2026).findings
    assert "scc" in finding.found
    assert "config/shares/small.yml" in finding.remedy


def test_a_fingerprint_changes_with_the_file(small: Small) -> None:
    share = opened(small)
    dataset = share.catalogue["county_pupils"]
    before = share.find(dataset, 2026).fingerprint()
    assert share.find(dataset, 2026).fingerprint() == before
    small.pupils().write_bytes(small.pupils().read_bytes() + b"\r\n")
    share.refresh()
    assert share.find(dataset, 2026).fingerprint() != before
