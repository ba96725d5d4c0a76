"""Delivery to raw table: every cell as text under the contract's names, with file, sheet and row.

Belongs here: opening files in suppliers' formats, finding contract columns in them as the layout says,
and writing one Parquet a delivery; one module a file family. Does not belong here: finding deliveries on
a share (`intake`), typing or judging what cells say (`typing_sql.py`, `checks`), or anything a single
dataset needs (that is a layout in `sources.yml`).
"""

from spi_orchestration.readers.raw import LandedFile, RawTable, read_delivery, write_empty

__all__ = ["LandedFile", "RawTable", "read_delivery", "write_empty"]
