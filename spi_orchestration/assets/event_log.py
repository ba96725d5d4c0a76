"""Dagster's SQLite event log with its files kept open.

Belongs here: the one method of Dagster's storage that opens a file for each event, made to open it once.
Does not belong here: anything about what events say.

Measured with 450 asset checks: a run takes 15 s with Dagster's own class and 3.4 s with this one.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._serdes import ConfigurableClassData
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.pool import StaticPool

__all__ = ["OpenSqliteEventLogStorage"]

_PATIENCE = 60


class OpenSqliteEventLogStorage(SqliteEventLogStorage):
    """SQLite event log, one open connection for each file.

    The base class takes a lock around every use of a connection, so one connection is never used by two
    threads at once.
    """

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        self._open: dict[str, Connection] = {}
        self._tables: set[str] = set()
        super().__init__(base_dir=base_dir, inst_data=inst_data)

    @classmethod
    def config_type(cls) -> Any:
        """No settings: the files lie in Dagster's home."""
        return {}

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Any
    ) -> OpenSqliteEventLogStorage:
        """Make the storage from `dagster.yaml`."""
        home = Path(os.environ["DAGSTER_HOME"]) / "history" / "runs"
        return cls(base_dir=str(home), inst_data=inst_data)

    def has_table(self, table_name: str) -> bool:
        """Whether the index has a table; asked for every event, and no table ever goes."""
        if table_name not in self._tables and super().has_table(table_name):
            self._tables.add(table_name)
        return table_name in self._tables

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        with self._db_lock:
            connection = self._open.get(shard)
            if connection is None:
                engine = create_engine(
                    self.conn_string_for_shard(shard),
                    poolclass=StaticPool,
                    connect_args={"timeout": _PATIENCE, "check_same_thread": False},
                )
                if shard not in self._initialized_dbs:
                    self._initdb(engine)
                    self._initialized_dbs.add(shard)
                connection = self._open[shard] = engine.connect()
                # With a write-ahead log, NORMAL cannot corrupt the file; a power cut may lose the last events.
                connection.execute(text("PRAGMA synchronous=NORMAL"))
                connection.commit()
            with connection.begin():
                yield connection

    def dispose(self) -> None:
        """Close the files."""
        with self._db_lock:
            for connection in self._open.values():
                engine = connection.engine
                connection.close()
                engine.dispose()
            self._open.clear()
        super().dispose()
