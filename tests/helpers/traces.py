"""Looking for a string in everything below a folder, whatever it is packed in.

Belongs here: opening each kind of file that the product writes. Does not belong here: what is looked for.
"""

from __future__ import annotations

import zipfile
from pathlib import Path

import duckdb

__all__ = ["traces"]


def _in_tables(path: Path, text: str) -> bool:
    """Whether any cell of a Parquet or a DuckDB file holds the text."""
    with duckdb.connect() as connection:
        if path.suffix == ".parquet":
            relations = [f"read_parquet('{path.as_posix()}')"]
        else:
            connection.execute(f"attach '{path.as_posix()}' as w (read_only)")
            relations = [
                f'w."{schema}"."{table}"'
                for schema, table in connection.execute(
                    "select schema_name, table_name from duckdb_tables() where database_name = 'w'"
                ).fetchall()
            ]
        for relation in relations:
            columns = [row[0] for row in connection.execute(f"describe select * from {relation}").fetchall()]
            tests = " or ".join(f'contains(cast("{name}" as varchar), ?)' for name in columns)
            count = connection.execute(
                f"select count(*) from {relation} where {tests}", [text] * len(columns)
            ).fetchone()
            if count is not None and count[0]:
                return True
    return False


def traces(folder: Path, text: str) -> list[str]:
    """Files below a folder in which a text stands: as bytes, in a packed member, or in a cell of a table."""
    found = []
    for path in sorted(folder.rglob("*")):
        if not path.is_file():
            continue
        data = path.read_bytes()
        there = text.encode() in data
        if not there and zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                there = any(text.encode() in archive.read(name) for name in archive.namelist())
        if not there and path.suffix in {".parquet", ".duckdb"}:
            there = _in_tables(path, text)
        if there:
            found.append(path.relative_to(folder).as_posix())
    return found
