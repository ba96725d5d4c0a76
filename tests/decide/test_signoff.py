"""Who must have approved a draft before it is published, and what voids an approval."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from spi_orchestration import cli
from spi_orchestration.catalogue import load_catalogue
from spi_orchestration.release.approval import make_preview
from spi_orchestration.release.draft import write_draft
from spi_orchestration.release.files import ReleaseError, sha256_file
from spi_orchestration.release.publish import publish
from spi_orchestration.release.signoff import ROLES, Signature, Signoff, SupplierApproval, read_signoff
from spi_orchestration.reports.signing import write_signing
from spi_orchestration.settings import Settings
from tests.helpers.project import ROOT
from tests.release.conftest import WARDS, facts, make_warehouse, tree_bytes

DAY = dt.date(2026, 12, 15)
POLICE = {
    "agreement": "csp_sharing",
    "title": "Community Safety Partnership information sharing agreement",
    "by": "Community Safety Partnership Data Lead",
    "datasets": ["ldc_csp_police_share"],
}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    root = tmp_path / "project"
    root.mkdir()
    return Settings(root=root, data=root / "data", shares_file=root / "shares.yml")


def police_draft(settings: Settings, *, rate: float = 4.25, name: str = "2026", **changes: Any) -> Path:
    """A draft of real input with one indicator from police data and one from another source."""
    path = make_warehouse(settings.warehouse / f"{name}.duckdb")
    with duckdb.connect(str(path)) as con:
        con.execute(
            "create table marts.dim_indicator as select * from (values "
            "('violence', 'Violence', 'safety', 'needs', 'ldc_csp_police_share', 'violence', 'ref_ward_population'), "
            "('fuel', 'Fuel poverty', 'homes', 'needs', 'desnz_fuel_poverty', 'homes', 'desnz_fuel_poverty')) "
            "as t (indicator, name, component, dimension, numerator_dataset, numerator_measure, denominator_dataset)"
        )
        con.execute(
            "create table marts.fct_indicator_value (edition integer, area_code varchar, indicator varchar, "
            "value double, score double, status varchar)"
        )
        con.executemany(
            "insert into marts.fct_indicator_value values (?, ?, ?, ?, ?, ?)",
            [
                [edition, code, indicator, value + n, 50.0 + n, "pooled"]
                for edition in (2025, 2026)
                for n, (code, _) in enumerate(WARDS)
                for indicator, value in (("violence", rate), ("fuel", 11.5))
            ],
        )
        con.execute("alter table marts.dim_area add column area_type varchar default 'ward'")
        con.execute(
            "create table marts.fct_component_score as select 2026 as edition, component, 61.5::double as score "
            "from (values ('safety'), ('homes')) as t (component)"
        )
        con.execute(
            "create table marts.fct_coverage as select * from (values "
            "(2026, 'dataset', 'ldc_csp_police_share', 'received'), (2026, 'dataset', 'desnz_fuel_poverty', 'received'), "
            "(2026, 'indicator', 'violence', 'scored'), (2026, 'indicator', 'fuel', 'scored')) "
            "as t (edition, item_type, item, standing)"
        )
        con.execute(
            "create table marts.fct_bridge as select * from (values (2026, 'index', 'violence', 0.5::double), "
            "(2026, 'index', 'fuel', 0.25::double), (2026, 'index', 'total', 0.75::double)) "
            "as t (edition, code, part, points)"
        )
    return write_draft(path, settings.drafts / name, facts(synthetic=False, approvals=[POLICE], **changes))


def signed(draft: Path, **changes: Any) -> Signoff:
    """A whole sign-off; `analyst`, `assurer`, `approver` and `supplier` change or (None) leave out an entry."""
    sha256 = sha256_file(draft / "manifest.json")
    given = {"analyst": "A.B.", "assurer": "C.D.", "approver": "Head of Policy"}
    signatures = []
    for number, (role, who) in enumerate(given.items()):
        more = changes.get(role, {})
        if more is not None:
            entry = {
                "role": role, "given_by": who, "date": dt.date(2026, 12, 10 + number), "note": "Read the page.",
                "manifest": sha256,
            }  # fmt: skip
            signatures.append(Signature.model_validate(entry | more))
    suppliers = []
    if changes.get("supplier", {}) is not None:
        entry = {
            "agreement": "csp_sharing", "given_by": "CSP Data Lead", "date": dt.date(2026, 12, 9),
            "preview": make_preview(draft, "csp_sharing").sha256, "evidence": "Message of 9 December",
        }  # fmt: skip
        suppliers.append(SupplierApproval.model_validate(entry | changes.get("supplier", {})))
    return Signoff(manifest=sha256, signatures=signatures, suppliers=suppliers)


def refused(settings: Settings, draft: Path, signoff: Signoff, said: str, **keywords: Any) -> None:
    before = {k: v for k, v in tree_bytes(settings.releases).items() if k != ".lock"}
    with pytest.raises(ReleaseError, match=said):
        publish(settings, draft, signoff, today=keywords.pop("today", DAY), **keywords)
    assert {k: v for k, v in tree_bytes(settings.releases).items() if k != ".lock"} == before


def test_a_draft_that_everybody_approved_is_published_and_says_who(settings: Settings) -> None:
    draft = police_draft(settings)
    release = publish(settings, draft, signed(draft), today=DAY)
    record = json.loads((release.folder / "release.json").read_text(encoding="utf-8"))
    assert [item["given_by"] for item in record["signatures"]] == ["A.B.", "C.D.", "Head of Policy"]
    assert [(item["agreement"], item["given_by"]) for item in record["suppliers"]] == [
        ("csp_sharing", "CSP Data Lead")
    ]


OTHER = "0" * 64
PAST = dt.date(2026, 12, 14)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"analyst": None}, "lacks the analyst"),
        ({"assurer": None}, "lacks the assurer"),
        ({"approver": None}, "lacks the approver"),
        ({"supplier": None}, "asks for approval before publication, and that of the Community Safety Partnership"),
        ({"analyst": {"manifest": OTHER}}, "signature as analyst is for manifest 000000000000"),
        ({"assurer": {"manifest": OTHER}}, "signature as assurer is for manifest 000000000000"),
        ({"approver": {"manifest": OTHER}}, "signature as approver is for manifest 000000000000"),
        ({"supplier": {"manifest": OTHER}}, "approval under csp_sharing is for manifest 000000000000"),
        ({"supplier": {"preview": OTHER}}, "for the preview 000000000000, and this draft's is"),
        ({"supplier": {"agreement": "food_grant"}}, "that of the Community Safety Partnership Data Lead is not recorded"),
        ({"assurer": {"given_by": "a. b."}}, "analyst and assurer are the same"),
        ({"approver": {"given_by": "CD"}}, "assurer and approver are the same"),
        ({"approver": {"given_by": "A.B."}}, "analyst and approver are the same"),
        ({"analyst": {"until": PAST}}, "signature as analyst held until 2026-12-14 and has run out"),
        ({"assurer": {"until": PAST}}, "signature as assurer held until 2026-12-14"),
        ({"approver": {"until": PAST}}, "signature as approver held until 2026-12-14"),
        ({"supplier": {"until": PAST}}, "approval under csp_sharing held until 2026-12-14"),
        ({"supplier": {"date": dt.date(2026, 12, 16)}}, "dated 2026-12-16, after today"),
        ({"assurer": {"date": dt.date(2026, 12, 9)}}, "assurer signed on 2026-12-09, before the analyst on 2026-12-10"),
        ({"approver": {"recorded_by": "A.B."}}, "recorded by A.B. for Head of Policy without evidence"),
        ({"supplier": {"recorded_by": "A.B.", "evidence": None}}, "by CSP Data Lead has no evidence"),
        ({"supplier": {"evidence": None}}, "by CSP Data Lead has no evidence. Say where the supplier gave it"),
        ({"supplier": {"given_by": "a. b."}}, "given by a. b., who signs this release as analyst"),
        ({"supplier": {"given_by": "HEAD  of Policy"}}, "given by HEAD  of Policy, who signs this release as approver"),
        ({"supplier": {"recorded_by": "csp data lead"}}, "given and recorded by the same"),
        ({"analyst": {"given_by": "Zo\u00eb B\u00e9rard"}, "assurer": {"given_by": "ZOE  BERARD"}}, "analyst and assurer are the same"),
        ({"analyst": {"given_by": "Zo\u00eb"}, "approver": {"given_by": "Zoe\u0308"}}, "analyst and approver are the same"),
        ({"supplier": {"sample": True}}, "sample role"),
        ({"supplier": {"given_by": "Sample supplier"}}, "sample role"),
    ],
)  # fmt: skip
def test_each_approval_that_does_not_hold_is_refused(settings: Settings, changes: dict, said: str) -> None:
    draft = police_draft(settings)
    refused(settings, draft, signed(draft, **changes), said)


@pytest.mark.parametrize("blank", ["", "   ", "\t\n "])
@pytest.mark.parametrize(
    ("role", "key"),
    [
        ("analyst", "note"), ("assurer", "note"), ("approver", "note"), ("analyst", "given_by"),
        ("assurer", "evidence"), ("supplier", "evidence"), ("supplier", "given_by"),
    ],
)  # fmt: skip
def test_blanks_are_no_note_and_no_evidence(
    settings: Settings, tmp_path: Path, role: str, key: str, blank: str
) -> None:
    path = tmp_path / "signoff.yml"
    data = signed(police_draft(settings)).model_dump(mode="json")
    entry = data["suppliers"][0] if role == "supplier" else data["signatures"][ROLES.index(role)]
    entry[key] = blank
    path.write_text(json.dumps(data), encoding="utf-8")
    with pytest.raises(ReleaseError, match=rf"signoff\.yml: \w+\.\d\.{key}: String should have at least"):
        read_signoff(path)


def test_an_approval_of_an_earlier_draft_is_stale(settings: Settings) -> None:
    signoff = signed(police_draft(settings))
    draft = police_draft(settings, rate=4.5)
    refused(settings, draft, signoff, "was built again")
    # Also where the file was written for the new draft and an entry was taken over from the old one.
    mixed = signed(draft).model_copy(update={"suppliers": signoff.suppliers})
    refused(settings, draft, mixed, "for the preview")


def test_recorded_findings_need_an_analyst_who_accepts_each(settings: Settings) -> None:
    found = [
        {"dataset": "scc_ks2", "check": "unexpected_columns", "findings": 2},
        {"dataset": "scc_ks4", "check": "period", "findings": 1},
    ]
    draft = police_draft(settings, recorded=found)
    refused(
        settings,
        draft,
        signed(draft),
        "3 findings are recorded on this release, and the analyst's signature says nothing",
    )
    refused(settings, draft, signed(draft, analyst={"findings_accepted": 2}), "accepts 2")
    refused(settings, draft, signed(draft, assurer={"findings_accepted": 3}), "says nothing of them")
    assert publish(settings, draft, signed(draft, analyst={"findings_accepted": 3}), today=DAY).new


def test_a_waiver_that_ran_out_between_run_and_publication_is_refused(settings: Settings) -> None:
    waiver = {
        "edition": 2026, "dataset": "scc_ks2", "decision": "waive", "check": "rows", "until": "2026-12-14",
        "reason": "Two schools closed.", "role": "Education Data Manager", "date": "2026-12-01",
    }  # fmt: skip
    draft = police_draft(settings, decisions=[waiver])
    refused(
        settings, draft, signed(draft), r"decision on scc_ks2 \(waive of rows\) that held until 2026-12-14"
    )
    # One of an earlier edition was in force when that edition was published.
    draft = police_draft(settings, decisions=[waiver | {"edition": 2025}])
    assert publish(settings, draft, signed(draft), today=DAY).new


def test_nothing_is_published_before_the_announced_day_without_a_reason(settings: Settings) -> None:
    draft = police_draft(settings, announced="2026-12-16")
    refused(settings, draft, signed(draft), "announced for 2026-12-16, and today is 2026-12-15")
    refused(settings, draft, signed(draft), "ten characters", early="soon")
    release = publish(settings, draft, signed(draft), today=DAY, early="The figures leaked  on 14 December.")
    record = json.loads((release.folder / "release.json").read_text(encoding="utf-8"))
    assert (record["announced"], record["early"]) == ("2026-12-16", "The figures leaked on 14 December.")


@pytest.mark.parametrize("day", [dt.date(2026, 12, 16), dt.date(2027, 1, 3)])
def test_on_the_announced_day_and_after_it_no_reason_is_needed(settings: Settings, day: dt.date) -> None:
    draft = police_draft(settings, announced="2026-12-16")
    release = publish(settings, draft, signed(draft), today=day, early="Not needed after all.")
    assert json.loads((release.folder / "release.json").read_text(encoding="utf-8"))["early"] is None


# --- what a supplier is shown --------------------------------------------------------------------


def test_the_preview_holds_every_value_made_from_the_data_and_no_other(settings: Settings) -> None:
    draft = police_draft(settings)
    preview = make_preview(draft, "csp_sharing")
    rows = list(csv.DictReader(io.StringIO(preview.csv)))
    assert preview.indicators == ("violence",)
    values = [row for row in rows if row["table"] == "fct_indicator_value" and row["figure"] == "value"]
    assert [(row["edition"], row["area_code"], row["value"]) for row in values] == [
        (str(edition), code, str(4.25 + n)) for edition in (2025, 2026) for n, (code, _) in enumerate(WARDS)
    ]
    assert {row["item"] for row in rows} == {"violence", "safety", "index", "ldc_csp_police_share"}
    # Nothing of another supplier is seen early: not where it stands, nor what it brought to a score.
    assert [row["value"] for row in rows if row["figure"] == "standing"] == ["received", "scored"]
    assert [row["value"] for row in rows if row["table"] == "fct_bridge"] == [
        "total",
        "0.75",
        "violence",
        "0.5",
    ]
    assert "fuel" not in preview.csv and "desnz" not in preview.csv
    assert {row["table"] for row in rows} == {
        "dim_indicator", "fct_indicator_value", "fct_component_score", "fct_index_score", "fct_coverage", "fct_bridge",
    }  # fmt: skip
    # The same draft gives the same preview; other values of the supplier another.
    assert make_preview(draft, "csp_sharing").sha256 == preview.sha256
    assert make_preview(police_draft(settings, rate=4.5, name="b"), "csp_sharing").sha256 != preview.sha256
    with pytest.raises(
        ReleaseError, match="needs no approval under the agreement 'scc_dsa'; it needs csp_sharing"
    ):
        make_preview(draft, "scc_dsa")


def test_the_pages_show_fingerprints_values_and_who_is_missing(settings: Settings) -> None:
    draft = police_draft(settings, recorded=[{"dataset": "scc_ks2", "check": "period", "findings": 1}])
    signing = write_signing(settings, load_catalogue(Settings.load()), draft)
    page = signing.page.read_text(encoding="utf-8")
    assert sha256_file(draft / "manifest.json") in page
    assert "Boley Park" in page and "still to come" in page and "--findings-accepted 1" in page
    shown = signing.previews["csp_sharing"].read_text(encoding="utf-8")
    assert make_preview(draft, "csp_sharing").sha256 in shown
    assert "4.25" in shown and "11.5" not in shown
    assert signing.missing == ["analyst", "assurer", "approver", "csp_sharing"]
    # A draft that is no more takes its pages with it; its sign-off file stays.
    police_draft(settings, rate=4.5)
    after = write_signing(settings, load_catalogue(Settings.load()), draft)
    assert not signing.page.exists() and signing.form.exists() and after.page.exists()
    assert len(list(settings.drafts.glob("approvals-*"))) == 1


# --- from the command line -----------------------------------------------------------------------


@pytest.fixture
def spi(monkeypatch, capsys, settings: Settings) -> Iterator[Callable[..., tuple[int, str]]]:
    saved = dict(os.environ)
    os.environ.update(SPI_HOME=str(ROOT), SPI_DATA=str(settings.data))

    def call(*arguments: str) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["spi", *arguments])
        capsys.readouterr()
        code = 0
        try:
            cli.main()
        except SystemExit as error:
            code = int(error.code or 0)
        said = capsys.readouterr()
        return code, said.out + said.err

    yield call
    os.environ.clear()
    os.environ.update(saved)


def test_approvals_from_the_command_line_to_the_release(settings: Settings, spi) -> None:
    draft = police_draft(
        settings, announced="2020-01-01", recorded=[{"dataset": "scc_ks2", "check": "period", "findings": 1}]
    )
    sha = sha256_file(draft / "manifest.json")[:12]
    preview = make_preview(draft, "csp_sharing").sha256[:12]
    code, said = spi("publish")
    assert code == 3 and "Still to approve: analyst, assurer, approver, csp_sharing" in said
    by = ["--given-by", "A.B.", "--note", "Built it and read the report."]
    for arguments, expected in (
        (["analyst", *by], "--hash is needed"),
        (["analyst", *by, "--hash", "0" * 12], "given for another draft, and is void"),
        (["analyst", *by, "--hash", sha], "--findings-accepted 1"),
        (["assurer", *by, "--hash", sha], "the analyst has not signed yet"),
        (["analyst", "--hash", sha], "--given-by is needed"),
        (["analyst", "--hash", sha, "--given-by", "  ", "--note", "Read it."], "--given-by is needed"),
        (["analyst", "--hash", sha, "--given-by", "A.B.", "--note", "    "], "--note is needed"),
        (
            ["analyst", *by, "--hash", sha, "--findings-accepted", "1", "--recorded-by", "C.D."],
            "--evidence is needed",
        ),
        (
            ["analyst", *by, "--hash", sha, "--findings-accepted", "1", "--until", "2020-01-01"],
            "would not hold",
        ),
        (
            ["analyst", *by, "--hash", sha, "--findings-accepted", "1", "--date", "2999-01-01"],
            "still to come",
        ),
        (["supplier", *by, "--hash", preview], "--agreement is needed: csp_sharing"),
        (["supplier", *by, "--hash", sha, "--agreement", "csp_sharing"], "fingerprint of the preview"),
    ):
        code, said = spi("approve", *arguments)
        assert code in {2, 3} and expected in said, (arguments, said)
    assert spi("approve", "analyst", *by, "--hash", sha, "--findings-accepted", "1")[0] == 0
    for arguments, expected in (
        (["assurer", "--given-by", "a b", "--note", "Recomputed.", "--hash", sha], "analyst and assurer are the same"),
        (["supplier", "--agreement", "csp_sharing", "--given-by", "a.b.", "--hash", preview, "--evidence", "A call"],
         "given by a.b., who signs this release as analyst"),
        (["supplier", "--agreement", "csp_sharing", "--given-by", "CSP Data Lead", "--hash", preview],
         "has no evidence"),
    ):  # fmt: skip
        code, said = spi("approve", *arguments)
        assert code == 3 and expected in said, said
        assert "Still to approve: assurer, approver, csp_sharing" in spi("approve")[1]
    steps = [
        ["assurer", "--given-by", "C.D.", "--note", "Recomputed twenty values.", "--hash", sha],
        ["supplier", "--agreement", "csp_sharing", "--given-by", "CSP Data Lead", "--hash", preview,
         "--recorded-by", "A.B.", "--evidence", "Message of 9 December"],
        ["approver", "--given-by", "Head of Policy", "--note", "Approved.", "--hash", sha,
         "--recorded-by", "A.B.", "--evidence", "Cabinet minute 7"],
    ]  # fmt: skip
    for step in steps:
        code, said = spi("approve", *step)
        assert code == 0, said
    assert "All have approved. Next: spi publish" in said
    (page,) = settings.drafts.glob("signoff-*.html")
    shown = page.read_text(encoding="utf-8")
    assert (
        "Cabinet minute 7 (recorded by A.B.)" in shown and "Message of 9 December (recorded by A.B.)" in shown
    )
    (form,) = settings.drafts.glob("signoff-*.yml")
    kept = yaml.safe_load(form.read_text(encoding="utf-8"))
    assert kept["signatures"][2] == {
        "role": "approver", "given_by": "Head of Policy", "date": dt.date.today(), "note": "Approved.",
        "recorded_by": "A.B.", "evidence": "Cabinet minute 7", "manifest": sha256_file(draft / "manifest.json"),
    }  # fmt: skip
    code, said = spi("publish")
    assert code == 0 and "Release 2026.1 is published:" in said


def test_nobody_approves_a_draft_that_can_never_be_published(settings: Settings, spi) -> None:
    draft = police_draft(settings, stopped=["scc_ks2"])
    sha = sha256_file(draft / "manifest.json")[:12]
    code, said = spi("approve", "analyst", "--given-by", "A.B.", "--note", "Read it.", "--hash", sha)
    assert code == 3 and "built without scc_ks2 (stopped), so it can never be published" in said
    assert "Still to approve: analyst" in spi("approve")[1]


def test_a_draft_built_again_the_same_keeps_its_approvals(settings: Settings, spi) -> None:
    draft = police_draft(settings)
    sha = sha256_file(draft / "manifest.json")[:12]
    assert spi("approve", "analyst", "--given-by", "A.B.", "--note", "Read it.", "--hash", sha)[0] == 0
    (form,) = settings.drafts.glob("signoff-*.yml")
    before = form.read_bytes()
    shutil.rmtree(draft)
    # The run record of a build is another one each time; what was approved is the same.
    police_draft(settings, run={"id": "run-2", "made_at": "2026-12-11T09:00:00+00:00"})
    assert sha256_file(draft / "manifest.json")[:12] == sha
    code, said = spi("approve")
    assert code == 0 and "Still to approve: assurer, approver, csp_sharing" in said
    assert form.read_bytes() == before
    assert publish(settings, draft, signed(draft), today=DAY).new


def test_a_draft_built_again_needs_new_approvals(settings: Settings, spi) -> None:
    draft = police_draft(settings)
    old = sha256_file(draft / "manifest.json")[:12]
    by = ["--given-by", "A.B.", "--note", "Built it and read the report."]
    assert spi("approve", "analyst", *by, "--hash", old)[0] == 0
    police_draft(settings, rate=4.5)
    code, said = spi("approve", "assurer", "--given-by", "C.D.", "--note", "Looked.", "--hash", old)
    assert code == 3 and "was given for another draft" in said
    code, said = spi("publish")
    assert code == 3 and "Still to approve: analyst, assurer, approver, csp_sharing" in said
