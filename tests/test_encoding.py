"""Bytes to text: the offset of a byte that is not UTF-8, byte order marks, binary files, lone surrogates."""

import io
import os
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nato_nlp import InputError
from nato_nlp.text.encoding import MAGIC, DecodedLines, decode, refuse_binary, without_surrogates

BOM = b"\xef\xbb\xbf"
HINT = " (--errors replace, or errors='replace', goes on)"
TEXT = st.text(st.characters(exclude_categories=["Cs"]))


def message(expected):
    return f"^{re.escape(expected)}$"


@given(TEXT.filter(lambda text: not text.startswith("\ufeff")), st.booleans())
def test_decodes_with_or_without_a_byte_order_mark(text, marked):
    assert decode(BOM * marked + text.encode(), "x", "strict") == text


@given(TEXT, TEXT, st.booleans(), st.integers(0, 10**12))
def test_names_the_offset_of_the_first_bad_byte(before, after, marked, offset):
    data = BOM * marked + before.encode() + b"\xff" + after.encode()
    where = offset + len(data) - 1 - len(after.encode())
    with pytest.raises(InputError, match=message(f"x must be UTF-8, got byte 0xff at byte offset {where}{HINT}")):
        decode(data, "x", "strict", offset)


@given(TEXT, TEXT)
def test_replace_puts_one_mark_for_a_bad_byte(before, after):
    data = b"." + before.encode() + b"\xff" + after.encode()
    assert decode(data, "x", "replace") == f".{before}\ufffd{after}"


def test_only_the_files_first_bytes_are_a_byte_order_mark():
    assert decode(BOM, "x", "strict", offset=3) == "\ufeff"


@given(st.lists(TEXT.map(lambda text: text.replace("\n", " "))))
def test_lines_keep_every_character(lines):
    data = BOM + "\n".join(lines).encode()
    kept = DecodedLines(io.BytesIO(data), "x", "strict", keep_ends=True)
    assert "".join(kept) == "\n".join(lines)


def test_lines_lose_their_ends_and_only_those():
    lines = DecodedLines(io.BytesIO(b"one\r\n\n two\v\x85\r\r\nthree"), "x", "replace")
    assert list(lines) == ["one", "", " two\v\ufffd\r", "three"]
    assert lines.number == 4


def test_lines_go_on_behind_one_that_cannot_be_decoded():
    lines = DecodedLines(io.BytesIO(b"one\n\xff\nthree\n"), "x.txt", "strict")
    assert next(lines) == "one"
    with pytest.raises(InputError, match=message(f"x.txt, line 2 must be UTF-8, got byte 0xff at byte offset 4{HINT}")):
        next(lines)
    assert (next(lines), lines.number) == ("three", 3)


@pytest.mark.parametrize(("magic", "kind"), MAGIC.items())
def test_files_of_known_kinds_are_refused(magic, kind):
    with pytest.raises(InputError, match=message(f"x must be a text file in UTF-8, got {kind}")):
        refuse_binary(io.BytesIO(magic + b"rest"), "x")


@pytest.mark.parametrize("data", ["Envoys met.".encode("utf-16-le"), bytes(range(256)), b"\x01\x02\x03ab"])
def test_other_binary_files_are_refused(data):
    with pytest.raises(InputError, match=message("x must be a text file in UTF-8, got a binary file")):
        refuse_binary(io.BytesIO(data), "x")


@pytest.mark.parametrize(
    "data", [b"", b"Envoys\0 met.", "Malmö".encode() * 2000, b"\x1b[1mEnvoys\x1b[0m met.", "Malmö".encode("latin-1")]
)
def test_texts_pass_and_are_read_from_their_start(data):
    stream = io.BytesIO(data)
    refuse_binary(stream, "x")
    assert stream.read() == data


def test_a_pipe_is_looked_at_without_losing_a_byte():
    reading, writing = os.pipe()
    with os.fdopen(writing, "wb") as stream:
        stream.write(b"Envoys met.")
    with os.fdopen(reading, "rb") as stream:
        refuse_binary(stream, "x")
        assert stream.read() == b"Envoys met."


def test_lone_surrogates():
    assert without_surrogates("a😀", "x", "strict") == "a😀"
    assert without_surrogates("a\ud800b\udfff", "x", "replace") == "a\ufffdb\ufffd"
    expected = f"x must be Unicode text, got a lone surrogate at character 1{HINT}"
    with pytest.raises(InputError, match=message(expected)):
        without_surrogates("a\ud800b", "x", "strict")
