"""JSON and XML documents as rows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from spi_orchestration.findings import DeliveryError, Finding
from tests.readers.conftest import Read


def write(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


def fault(read: Read, layout: str, *files: Path, **more: Any) -> Finding:
    with pytest.raises(DeliveryError) as caught:
        read(layout, *files, **more)
    assert caught.value.finding.remedy.endswith(".")
    return caught.value.finding


# --- JSON ---------------------------------------------------------------------------------------------

RECORDS = """
{"meta": {"n": 3}, "data": {"rows": [
  {"code": "E05010651", "n": 7.50, "big": 123456789012345678901, "at": {"lon": -1.80, "tags": ["a", "b"]}, "ok": true},
  {"code": "E05010652", "n": 1e3, "Note": null, "at": {"lon": -2}},
  {},
  {"code": "", "n": 0, "extra": {"z": [1.0, 2]}}
]}}
"""


def test_records_and_paths(read: Read, tmp_path: Path) -> None:
    layout = """
    format: json
    records: data.rows
    columns: {code: CODE, n: n, big: big, lon: {path: at.lon}, tag: {path: at.tags.1}, at: {path: at}, ok: {path: ok}, extra: extra}
    """
    table, rows = read(layout, write(tmp_path / "a.json", RECORDS))
    got = [
        tuple(row[name] for name in ("code", "n", "big", "lon", "tag", "ok", "extra", "_row")) for row in rows
    ]
    # Digits are those that were sent; an empty record is no row; a missing key is an absent cell.
    assert got == [
        ("E05010651", "7.50", "123456789012345678901", "-1.80", "b", "true", None, 1),
        ("E05010652", "1e3", None, "-2", None, None, None, 2),
        ("", "0", None, None, None, None, '{"z":[1.0,2]}', 4),
    ]
    assert json.loads(rows[0]["at"]) == {"lon": -1.8, "tags": ["a", "b"]}
    assert table.unexpected == ("Note",)


def test_a_list_at_the_top_and_lists_as_records(read: Read, tmp_path: Path) -> None:
    file = write(tmp_path / "a.json", '[["E1", 5], ["E2", null]]', "utf-8-sig")
    _, rows = read("{format: json, columns: {code: {path: '0'}, n: {path: '1'}}}", file)
    assert [(row["code"], row["n"]) for row in rows] == [("E1", "5"), ("E2", None)]


def test_an_object_as_pairs(read: Read, tmp_path: Path) -> None:
    file = write(
        tmp_path / "a.json",
        '{"wards": {"E1": {"name": "Stowe", "pop": 1}, "E2": {"name": "Longdon", "old": 2}}}',
    )
    layout = "{format: json, records: 'wards.*', columns: {code: {path: '@key'}, name: name, pop: {path: '@value.pop'}}}"
    table, rows = read(layout, file)
    assert [(row["code"], row["name"], row["pop"]) for row in rows] == [
        ("E1", "Stowe", "1"),
        ("E2", "Longdon", None),
    ]
    assert table.unexpected == ("old",)


CUBE = {
    "fields": [
        {
            "label": "Ward",
            "items": [
                {"labels": ["Stowe"], "uris": ["str:value:A:B:E05010670"]},
                {"labels": ["Longdon"], "uris": ["str:value:A:B:E05010666"]},
            ],
        },
        {
            "label": "Year",
            "items": [{"labels": ["2024/25"], "uris": ["x:2025"]}, {"type": "Total", "labels": ["Total"]}],
        },
    ],
    "cubes": {"str:count:X:Y": {"values": [[7, 9], [None, 12.50]]}},
}
CUBE_LAYOUT = """
format: json
records: "cubes.str:count:X:Y.values"
axes: fields
columns: {a: {path: Ward.code}, b: {path: Ward.label}, c: {path: Year.code}, d: {path: Year.label}, e: {path: "@value"}}
"""


def test_a_cube_is_one_row_for_each_cell(read: Read, tmp_path: Path) -> None:
    _, rows = read(CUBE_LAYOUT, write(tmp_path / "a.json", json.dumps(CUBE)))
    got = [tuple(row[name] for name in ("a", "b", "c", "d", "e", "_row")) for row in rows]
    # The cells by hand, the last axis fastest; a total has no code, an empty cell no value.
    assert got == [
        ("E05010670", "Stowe", "2025", "2024/25", "7", 1),
        ("E05010670", "Stowe", None, "Total", "9", 2),
        ("E05010666", "Longdon", "2025", "2024/25", None, 3),
        ("E05010666", "Longdon", None, "Total", "12.5", 4),
    ]


@pytest.mark.parametrize(
    ("change", "expected", "found"),
    [
        ({"fields": {}}, "a list of axes with label and items at fields", "something else there"),
        ({"cubes": {"str:count:X:Y": {"values": [[7, 9]]}}}, "2 parts along the axis 'Ward'", "1 of them"),
        ({"cubes": {"str:count:X:Y": {"values": [7, 9]}}}, "2 parts along the axis 'Year'", "no list"),
        ({"cubes": {}}, "a list of records at cubes.str:count:X:Y.values", "nothing there"),
    ],
)
def test_a_cube_that_does_not_fit_together(
    read: Read, tmp_path: Path, change: dict[str, Any], expected: str, found: str
) -> None:
    finding = fault(read, CUBE_LAYOUT, write(tmp_path / "a.json", json.dumps({**CUBE, **change})))
    assert finding.check == "sheet"
    assert finding.expected == expected
    assert finding.found.startswith(found)


def test_a_key_that_holds_a_dot(read: Read, tmp_path: Path) -> None:
    file = write(tmp_path / "a.json", '[{"a.b": "whole", "a": {"b": "inside"}}]')
    _, rows = read("{format: json, columns: {x: {path: a.b}}}", file)
    assert rows[0]["x"] == "whole"


@pytest.mark.parametrize(
    ("text", "check", "words"),
    [
        ("", "empty", "0 bytes"),
        ("  \n", "readable", "blanks"),
        ('{"data": [{"a": 1}, {"a"', "readable", "cut short"),
        ('{"data": [{"a": 1}],\n"b": tru}', "readable", "line 2, character 6"),
        ('{"data": [{"a": 1, "a": 2}]}', "readable", "same key twice"),
        ('{"rows": []}', "sheet", "nothing there; the document has the keys 'rows'"),
        ('{"data": {"a": 1}}', "sheet", "an object there"),
        ('{"data": []}', "columns", "no 'a'"),
        ("[" * 200_000, "readable", "deep"),
        ("<html><body>", "readable", "web page"),
    ],
)
def test_json_faults(read: Read, tmp_path: Path, text: str, check: str, words: str) -> None:
    finding = fault(read, "{format: json, records: data, columns: {a: a}}", write(tmp_path / "a.json", text))
    assert finding.check == check
    assert words in (
        finding.found if check != "readable" or words != "deep" else finding.found + finding.expected
    )


def test_json_in_another_encoding(read: Read, tmp_path: Path) -> None:
    file = write(tmp_path / "a.json", '[{"a": "café"}]', "latin-1")
    assert fault(read, "{format: json, columns: {a: a}}", file).check == "readable"
    _, rows = read("{format: json, encoding: latin-1, columns: {a: a}}", file)
    assert rows[0]["a"] == "café"


def test_half_a_character_pair(read: Read, tmp_path: Path) -> None:
    file = write(tmp_path / "a.json", '[{"a": "\\ud83d"}]')
    finding = fault(read, "{format: json, columns: {a: a}}", file)
    assert (finding.check, finding.expected) == ("readable", "valid Unicode text")


def test_a_renamed_key(read: Read, tmp_path: Path) -> None:
    file = write(tmp_path / "a.json", '[{"ward_cd": "E05010651", "n": 1}]')
    finding = fault(read, "{format: json, columns: {a: ward_code, n: n, z: {path: at.z}}}", file)
    assert (finding.check, finding.count) == ("columns", 2)
    assert "(nearest: 'ward_cd')" in finding.found
    assert "the path at.z" in finding.expected
    assert "E05010651" not in finding.sentence()


# --- XML ----------------------------------------------------------------------------------------------

LICENCES = """<?xml version="1.0" encoding="{encoding}"?>
<!-- exported -->
<lic:Register xmlns:lic="urn:example" date="2025-03-31">
  <lic:Licences>
    <lic:Licence id="7"><Ref>LN/1</Ref><Premises><Name>The King’s Head</Name><Postcode>WS13 6HX</Postcode></Premises>
      <East unit="m">411823</East><Tag>a</Tag><Tag>b</Tag></lic:Licence>
    <lic:Licence id="8"><Ref> LN/2 </Ref><Premises/><East unit="m"/><New>1</New></lic:Licence>
  </lic:Licences>
</lic:Register>
"""

LICENCE_LAYOUT = """
format: xml
records: Licences/Licence
columns: {ref: REF, id: {path: '@id'}, name: {path: Premises.Name}, postcode: {path: Premises/Postcode}, east: East, unit: {path: East.@unit}, tag: {path: Tag.1}}
"""


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "windows-1252"])
def test_elements_attributes_and_prefixes(read: Read, tmp_path: Path, encoding: str) -> None:
    file = write(tmp_path / "a.xml", LICENCES.format(encoding=encoding), encoding)
    names = ("ref", "id", "name", "postcode", "east", "unit", "tag", "_row")
    table, rows = read(LICENCE_LAYOUT, file)
    assert [tuple(row[name] for name in names) for row in rows] == [
        ("LN/1", "7", "The King’s Head", "WS13 6HX", "411823", "m", "b", 1),
        (" LN/2 ", "8", None, None, "", "m", None, 2),
    ]
    assert table.unexpected == ("New",)
    with_root = LICENCE_LAYOUT.replace("Licences/Licence", "Register.Licences.Licence")
    assert read(with_root, file)[0].rows == 2


BOMB = """<?xml version="1.0"?>
<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>
<r><x><v>&b;</v></x></r>"""
OUTSIDE = '<!DOCTYPE r [<!ENTITY e SYSTEM "file:///etc/hostname">]><r><x><v>&e;</v></x></r>'


@pytest.mark.parametrize(
    ("text", "check", "words"),
    [
        (BOMB, "readable", "DOCTYPE"),
        (OUTSIDE, "readable", "DOCTYPE"),
        ("<r><x><v>1</v></x>", "readable", "line 1"),
        ("<r><x>\n<v>1</w></x></r>", "readable", "line 2"),
        ("<r><y><v>1</v></y></r>", "sheet", "'r'"),
        ("", "empty", "0 bytes"),
        ("a,b\n1,2\n", "readable", "stops being XML"),
    ],
)
def test_xml_faults(read: Read, tmp_path: Path, text: str, check: str, words: str) -> None:
    finding = fault(read, "{format: xml, records: x, columns: {v: v}}", write(tmp_path / "a.xml", text))
    assert finding.check == check
    assert words in finding.found


def test_xml_needs_records(read: Read, tmp_path: Path) -> None:
    from spi_orchestration.catalogue import CatalogueError

    with pytest.raises(CatalogueError, match="layout only: records"):
        read("{format: xml, columns: {v: v}}", write(tmp_path / "a.xml", "<r/>"))
