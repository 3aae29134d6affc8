"""Text in CSV that a spreadsheet would take for a formula: an apostrophe before it makes it text."""

import re
from typing import Any

# what spreadsheets begin a formula with, the wide forms too; apostrophes in front count, so that one is always added or none
FORMULA = r"^'*[=+\-@\t\r\n＝＋－＠]"
HARMLESS = r"^[+-]?(?:[0-9]+(?:\.[0-9]+)?)?$"  # numbers, and a sign alone
_formula, _harmless = re.compile(FORMULA), re.compile(HARMLESS.replace("$", r"\Z"))


def tamed(text: str) -> str:
    r"""Return a cell that no spreadsheet takes for a formula.

    Notes
    -----
    Different texts stay different: `untamed` gives back what was there.

    Examples
    --------
    >>> [tamed(text) for text in ("=1+1", "- he said", "'@a", "-12.5", "-", "Envoys met.", "'Twas")]
    ["'=1+1", "'- he said", "''@a", '-12.5', '-', 'Envoys met.', "'Twas"]
    """
    return f"'{text}" if _formula.match(text) and not _harmless.match(text) else text


def untamed(cell: str) -> str:
    """Return the text of a cell that `tamed` gave.

    Examples
    --------
    >>> untamed("'=1+1"), untamed("-12.5"), untamed("'Twas")
    ('=1+1', '-12.5', "'Twas")
    """
    return cell[1:] if cell.startswith("'") and _formula.match(cell) else cell


def tamed_column(column: Any) -> Any:
    """Return an Arrow column with each string as `tamed` gives it; a column of something else stays."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if pa.types.is_string_view(column.type):
        column = column.cast(pa.string())
    if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
        return column
    suspects = pc.and_(
        pc.match_substring_regex(column, pattern=FORMULA),
        pc.invert(pc.match_substring_regex(column, pattern=HARMLESS.replace("$", r"\z"))),
    )
    if not pc.any(suspects).as_py():
        return column
    return pc.if_else(suspects, pc.binary_replace_slice(column, start=0, stop=0, replacement="'"), column)
