"""XML as a stream of events, without entities: safe on files from outside.

Belongs here: the one way in which readers parse XML. Does not belong here: what the elements mean
(`documents.py`, `spreadsheet.py`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import BinaryIO
from xml.parsers import expat

__all__ = ["ForbiddenMarkupError", "local", "parse"]


class ForbiddenMarkupError(Exception):
    """The document declares a document type, the door to entity bombs and external files."""


def local(name: str) -> str:
    """An element or attribute name without its prefix or name space."""
    return name.rpartition(":")[2]


def parse(
    stream: BinaryIO,
    start: Callable[[str, dict[str, str]], None],
    end: Callable[[str], None],
    text: Callable[[str], None],
) -> None:
    """Run through a document, calling back for each element's start, end and text.

    Args:
        stream: the document's bytes; its own declaration says the encoding.
        start: gets name and attributes, with prefixes as written.
        end: gets the name.
        text: gets character data, possibly in pieces.

    Raises:
        ForbiddenMarkupError: the document has a DOCTYPE.
        expat.ExpatError: it is not well formed.
    """
    parser = expat.ParserCreate()

    def refuse(*_: object) -> None:
        raise ForbiddenMarkupError

    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text
    parser.buffer_text = True
    while block := stream.read(1 << 16):
        parser.Parse(block, False)
    parser.Parse(b"", True)
