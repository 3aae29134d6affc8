"""A document: what a reader hands to the splitter and the tagger."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any


@dataclass(frozen=True, slots=True)
class Document:
    """One text with its name.

    Attributes
    ----------
    id : str
        Name of the document: the file's name, or the value of the id column.
    text : str
        The text as it stands in the source; sentence offsets count its characters.
    date : str, optional
        The date as the source writes it.
    metadata : mapping
        The other columns of a table's row.
    source : str
        File and line or row that the document came from, for messages.

    Examples
    --------
    >>> Document("a1", "Envoys met.").date is None
    True
    """

    id: str
    text: str
    date: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    source: str = ""
