"""Landing keeps every delivery as it was sent, once, whatever happens meanwhile."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spi_orchestration.catalogue import load_catalogue, load_shares
from spi_orchestration.findings import DeliveryError
from spi_orchestration.intake import landing
from spi_orchestration.intake.landing import Landed, earlier_receipts, land, last_receipt, safe_names
from spi_orchestration.intake.receipt import delivery_id, read_receipt
from spi_orchestration.intake.shares import Found, Share, open_share
from spi_orchestration.settings import Settings
from tests.helpers.paths import assert_windows_safe, path_problems
from tests.helpers.project import ROOT
from tests.helpers.small import Small, make_small

DAY = dt.datetime(2026, 11, 1, 9, 30, tzinfo=dt.UTC)


@pytest.fixture
def small(tmp_path: Path) -> Small:
    return make_small(tmp_path)


def opened(small: Small) -> Share:
    catalogue = load_catalogue(small.settings)
    return open_share(small.settings, catalogue, load_shares(small.settings, catalogue))


def landed(small: Small, dataset: str = "county_pupils", now: dt.datetime = DAY) -> Landed:
    share = opened(small)
    return land(small.settings, share, share.find(share.catalogue[dataset], 2026), now=now)


def tree(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_the_copy_has_the_bytes_sent_and_a_receipt_that_says_so(small: Small) -> None:
    delivery = landed(small)
    sent = small.pupils().read_bytes()
    digest = hashlib.sha256(sent).hexdigest()
    # The id as the interface defines it, worked out here by hand.
    expected = hashlib.sha256(f"education/pupils_202526.csv {digest}\n".encode()).hexdigest()
    assert delivery.receipt.delivery == expected
    assert delivery.folder == small.settings.landing / "county_pupils" / "2026" / expected[:12]
    ((name, path),) = delivery.files
    assert name == "education/pupils_202526.csv"
    assert path.read_bytes() == sent
    receipt = read_receipt(delivery.folder / "receipt.json")
    assert receipt == delivery.receipt
    assert receipt.files[0].bytes == len(sent)
    assert receipt.files[0].sha256 == digest
    assert receipt.received_at == "2026-11-01T09:30:00Z"
    assert (receipt.shares, receipt.synthetic, receipt.layout) == ("small", True, "csv")
    assert delivery.new


def test_the_same_bytes_again_change_nothing_and_keep_the_first_day(small: Small) -> None:
    landed(small)
    before = tree(small.settings.landing)
    again = landed(small, now=DAY + dt.timedelta(days=30))
    assert tree(small.settings.landing) == before
    assert again.receipt.received_at == "2026-11-01T09:30:00Z"
    assert not again.new


def test_another_delivery_stands_beside_the_first_and_the_last_one_seen_is_known(small: Small) -> None:
    first = landed(small)
    kept = tree(first.folder)
    good = small.pupils().read_bytes()
    small.pupils().write_bytes(good.replace(b"Stowe", b"STOWE"))
    second = landed(small, now=DAY + dt.timedelta(days=1))
    assert second.receipt.delivery != first.receipt.delivery
    assert tree(first.folder) == kept
    assert last_receipt(small.settings, "small", "county_pupils", 2026) == second.receipt
    # The supplier puts the first file back: it is the last one seen, with its first day.
    small.pupils().write_bytes(good)
    landed(small, now=DAY + dt.timedelta(days=2))
    receipts = earlier_receipts(small.settings, "small", "county_pupils", 2026)
    assert [r.delivery for r in receipts] == [first.receipt.delivery, second.receipt.delivery]
    assert receipts[0].received_at == "2026-11-01T09:30:00Z"


def real_shares(small: Small) -> tuple[Settings, Share]:
    """The same share through another shares file, which calls its deliveries real."""
    other = small.settings.config / "shares" / "real.yml"
    text = small.settings.shares_file.read_text(encoding="utf-8")
    text = text.replace("id: small", "id: real").replace("synthetic: true", "synthetic: false")
    other.write_text(text, encoding="utf-8")
    settings = Settings(small.settings.root, small.settings.data, other)
    catalogue = load_catalogue(settings)
    return settings, open_share(settings, catalogue, load_shares(settings, catalogue))


def test_deliveries_of_two_shares_files_are_not_mixed(small: Small) -> None:
    sample = landed(small)
    settings, share = real_shares(small)
    assert last_receipt(settings, "real", "county_pupils", 2026) is None
    real = land(settings, share, share.find(share.catalogue["county_pupils"], 2026), now=DAY)
    assert real.receipt.delivery == sample.receipt.delivery
    assert not real.receipt.synthetic
    assert read_receipt(sample.folder / "receipt.json").synthetic
    mine = last_receipt(settings, "real", "county_pupils", 2026)
    assert mine is not None
    assert not mine.synthetic
    theirs = last_receipt(settings, "small", "county_pupils", 2026)
    assert theirs is not None
    assert theirs.synthetic


def test_what_one_shares_file_saw_last_is_not_what_another_saw(small: Small) -> None:
    good = small.pupils().read_bytes()
    landed(small)
    small.pupils().write_bytes(good + b"\r\n")
    second = landed(small)
    small.pupils().write_bytes(good)
    settings, share = real_shares(small)
    land(settings, share, share.find(share.catalogue["county_pupils"], 2026), now=DAY)
    assert last_receipt(settings, "small", "county_pupils", 2026) == second.receipt


def test_a_file_of_no_bytes_is_kept_and_found_empty(small: Small) -> None:
    small.pupils().write_bytes(b"")
    delivery = landed(small)
    assert delivery.files[0][1].read_bytes() == b""
    (finding,) = delivery.findings
    assert (finding.check, finding.grade, finding.file) == ("empty", "stop", "education/pupils_202526.csv")
    assert finding.found == "a file of 0 bytes"


class _Growing(Share):
    """A share whose file grows between two readings, as one that is still being written."""

    grows = 99

    def open(self, file):  # type: ignore[no-untyped-def]
        if self.grows:
            self.grows -= 1
            with Path(file.path).open("ab") as stream:
                stream.write(b"more\r\n")
        return super().open(file)


def growing(small: Small, times: int) -> tuple[Share, Found]:
    plain = opened(small)
    share = _Growing(plain.shares, plain.catalogue, plain.root, plain.system)
    share.grows = times
    return share, share.find(share.catalogue["county_pupils"], 2026)


def test_a_file_that_keeps_changing_is_refused_with_a_clear_finding(small: Small) -> None:
    share, found = growing(small, 99)
    waits: list[float] = []
    with pytest.raises(DeliveryError) as caught:
        land(small.settings, share, found, pause=waits.append)
    finding = caught.value.finding
    assert finding.check == "readable"
    assert finding.file == "education/pupils_202526.csv"
    assert "changed during each of 3 tries" in finding.found
    assert len(waits) == 2
    assert list((small.settings.landing / "county_pupils" / "2026").iterdir()) == []


def test_a_file_that_settles_is_landed_as_it_then_is(small: Small) -> None:
    share, found = growing(small, 2)
    delivery = land(small.settings, share, found, pause=lambda seconds: None)
    assert delivery.files[0][1].read_bytes() == small.pupils().read_bytes()


def test_a_landed_copy_that_was_changed_is_noticed(small: Small) -> None:
    delivery = landed(small)
    path = delivery.files[0][1]
    path.write_bytes(path.read_bytes().replace(b"Stowe", b"Stove"))
    with pytest.raises(DeliveryError, match="another hash"):
        landing.verify(delivery)
    path.write_bytes(b"short")
    with pytest.raises(DeliveryError, match="5 bytes"):
        landing.landed(small.settings, delivery.receipt)


def test_a_torn_line_of_the_journal_is_survived(small: Small) -> None:
    first = landed(small)
    journal = small.settings.landing / "county_pupils" / "2026" / "arrivals.jsonl"
    journal.write_text(journal.read_text(encoding="utf-8") + '{"shares": "sm', encoding="utf-8")
    small.pupils().write_bytes(small.pupils().read_bytes() + b"\r\n")
    second = landed(small)
    receipts = earlier_receipts(small.settings, "small", "county_pupils", 2026)
    assert [r.delivery for r in receipts] == [second.receipt.delivery, first.receipt.delivery]


def test_what_the_share_lost_is_told_from_what_it_changed(small: Small) -> None:
    delivery = landed(small)
    good = small.pupils().read_bytes()
    small.pupils().unlink()
    share = opened(small)
    found = share.find(share.catalogue["county_pupils"], 2026)
    assert landing.lost(share, found, delivery.receipt)
    assert landing.lost_finding(found, delivery.receipt).grade == "record"
    small.pupils().write_bytes(good + b"x")
    share.refresh()
    assert not landing.lost(share, share.find(share.catalogue["county_pupils"], 2026), delivery.receipt)


NAMES = st.text(
    st.characters(codec="utf-8", exclude_characters="/\x00", exclude_categories=["Cs"]),
    min_size=1,
    max_size=80,
).filter(lambda text: text not in {".", ".."})


@given(st.lists(st.lists(NAMES, min_size=1, max_size=3).map("/".join), min_size=1, max_size=6, unique=True))
def test_any_names_can_be_kept_on_windows(names: list[str]) -> None:
    kept = safe_names(names, 70)
    assert set(kept) == set(names)
    assert len({name.lower() for name in kept.values()}) == len(kept)
    problems = [p for p in path_problems(kept.values()) if "only by case" not in p]
    assert problems == []
    assert all(len(name) <= 70 for name in kept.values())
    assert all(".." not in PurePosixPath(name).parts for name in kept.values())


def test_ordinary_names_are_kept_as_sent() -> None:
    names = ["police_uk/2025-01/2025-01-staffordshire-street.csv", "Table 3 (final).xlsx"]
    assert safe_names(names, 90) == {name: name for name in names}


def test_names_that_windows_refuses_are_landed_under_others(small: Small) -> None:
    if os.name == "nt":
        pytest.skip("on Linux only: Windows cannot hold such a file to begin with")
    text = small.settings.shares_file.read_text(encoding="utf-8")
    names = ["con.csv", "a:b.csv", "what?.csv", "B.csv", "b.csv", "x" * 150 + ".csv"]
    for name in names:
        (small.share / name).write_bytes(name.encode())
    listed = json.dumps(names).replace("?", "[?]")
    small.settings.shares_file.write_text(
        text + f"deliveries: {{county_pupils: {{2026: {{files: {listed}, layout: csv}}}}}}\n",
        encoding="utf-8",
    )
    delivery = landed(small)
    assert_windows_safe(small.settings.landing, "data/landing")
    # The pattern ignores case, so `b.csv` and `B.csv` are both found once; each copy has its own bytes.
    assert {name for name, _ in delivery.files} == set(names)
    assert {path.read_bytes().decode() for _, path in delivery.files} == set(names)


_SLOW = """
import sys, time
from pathlib import Path
from spi_orchestration.intake import landing
from spi_orchestration.settings import Settings
from spi_orchestration.catalogue import load_catalogue, load_shares
from spi_orchestration.intake.shares import open_share
root = Path(sys.argv[1])
settings = Settings(root, root / "data", root / "config/shares/sample.yml")
catalogue = load_catalogue(settings)
share = open_share(settings, catalogue, load_shares(settings, catalogue))
copy = landing._copy
def slow(share, dataset, file, target, expected):
    copy(share, dataset, file, target, expected)
    print("copied", flush=True)
    time.sleep(60)
landing._copy = slow
landing.land(settings, share, share.find(catalogue["county_pupils"], 2026))
"""


@pytest.mark.skipif(os.name == "nt", reason="on Linux only: a process is killed by signal")
def test_a_process_killed_while_landing_leaves_no_half_delivery(small: Small) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", _SLOW, str(small.settings.root)],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "copied\n"
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    base = small.settings.landing / "county_pupils" / "2026"
    assert [path.name[:6] for path in base.iterdir()] == [".part-"]
    assert last_receipt(small.settings, "small", "county_pupils", 2026) is None
    delivery = landed(small)
    assert delivery.files[0][1].read_bytes() == small.pupils().read_bytes()
    # A young one may belong to a process at work; an old one is cleared away.
    assert landing.clear_unfinished(small.settings) == 0
    part = next(base.glob(".part-*"))
    old = time.time() - 7200
    os.utime(part, (old, old))
    assert landing.clear_unfinished(small.settings) == 1
    assert not part.exists()


@given(st.dictionaries(NAMES, st.sampled_from(["0" * 64, "f" * 64]), min_size=1, max_size=5))
def test_the_delivery_id_does_not_depend_on_the_order_of_files(files: dict[str, str]) -> None:
    pairs = list(files.items())
    assert delivery_id(pairs) == delivery_id(reversed(pairs))
    changed = [(pairs[0][0], "a" * 64), *pairs[1:]]
    assert delivery_id(changed) != delivery_id(pairs)
