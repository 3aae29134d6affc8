"""Reading: every format, columns by name, what is refused with which message, what is skipped and what still comes."""

import json
import os
import re

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nato_nlp import Document, InputError, read_documents
from nato_nlp.errors import MissingFileError
from nato_nlp.text.reading import Columns, Reader, named_files

JSON = "must be a JSON object, got"
SURROGATE = "must be Unicode text, got a lone surrogate at character"
HINT = " (--errors replace, or errors='replace', goes on)"


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(name, content):
    with open(name, "wb") as stream:
        stream.write(content if isinstance(content, bytes) else content.encode())
    return name


def refused(expected, paths, kind=InputError, **options):
    with pytest.raises(kind, match=f"^{re.escape(expected)}$"):
        list(read_documents(paths, **options))


def skipped(paths, columns=None, **options):
    reader = Reader(columns or Columns(), on_error="skip", **options)
    return [(document.id, document.text) for document in reader.read(paths)], reader.skipped


def test_a_text_file_is_one_document():
    write("a.txt", b"\xef\xbb\xbfEnvoys met.\r\n\r\nThey left.\n")
    assert list(read_documents("a.txt")) == [Document("a.txt", "Envoys met.\r\n\r\nThey left.\n", source="a.txt")]


def test_a_file_of_an_unknown_ending_is_read_as_text():
    write("story", "Envoys met.")
    assert next(read_documents("story")).text == "Envoys met."


def test_json_lines():
    write("a.jsonl", '\ufeff{"id": 7, "text": "One.", "date": "2001-02-03", "outlet": "Wire"}\n\n{"text": "Two."}\r\n')
    one, two = read_documents("a.jsonl")
    assert (one.id, one.text, one.date, one.source) == ("7", "One.", "2001-02-03", "a.jsonl, line 1")
    assert one.metadata == {"id": 7, "date": "2001-02-03", "outlet": "Wire"}
    assert (two.id, two.text, two.date, two.source) == ("a.jsonl:3", "Two.", None, "a.jsonl, line 3")


@pytest.mark.parametrize(("name", "comma"), [("a.csv", ","), ("a.tsv", "\t")])
def test_csv_with_line_breaks_in_a_field_and_blank_lines(name, comma):
    rows = [["id", "text", "date"], ["x", '"One\r\nand ""more"", so."', "2001"], [], ["y", "Two.", ""]]
    write(name, "\ufeff\n" + "\n".join(comma.join(row) for row in rows) + "\n")
    documents = list(read_documents(name))
    assert [(d.id, d.text, d.date) for d in documents] == [("x", 'One\r\nand "more", so.', "2001"), ("y", "Two.", "")]
    assert [d.source for d in documents] == [f"{name}, line 3", f"{name}, line 6"]  # where the record begins


def test_csv_without_ids_counts_rows():
    write("a.csv", "text\nOne.\nTwo.\n")
    assert [d.id for d in read_documents("a.csv")] == ["a.csv:1", "a.csv:2"]


def test_a_csv_field_longer_than_the_default_limit():
    write("a.csv", f"text\n{'word ' * 50_000}\n")
    assert len(next(read_documents("a.csv")).text) == 250_000


def test_parquet_with_plain_and_dictionary_strings():
    texts = pa.array(["One.", "Two."])
    for name, column in {
        "plain": texts,
        "dictionary": texts.dictionary_encode(),
        "large": texts.cast(pa.large_string()),
    }.items():
        pq.write_table(pa.table({"text": column, "n": [1, None]}), f"{name}.parquet")
        documents = list(read_documents(f"{name}.parquet"))
        assert [(d.id, d.text, d.metadata) for d in documents] == [
            (f"{name}.parquet:1", "One.", {"n": 1}),
            (f"{name}.parquet:2", "Two.", {"n": None}),
        ]


def test_columns_by_name():
    write("a.csv", "url,body,published,text\nu1,One.,2001,no\n")
    (document,) = read_documents("a.csv", text="body", id="url", date="published")
    assert (document.id, document.text, document.date) == ("u1", "One.", "2001")


def test_directories_are_read_sorted_with_their_subdirectories(folder):
    (folder / "d" / "sub").mkdir(parents=True)
    for name in ("d/b.txt", "d/a.txt", "d/sub/c.TXT", "d/picture.png"):
        write(name, "One.")
    assert [d.id for d in read_documents(folder / "d")] == ["a.txt", "b.txt", "sub/c.TXT"]


def test_equal_names_in_two_folders_become_paths(folder):
    for name in ("d", "e"):
        (folder / name).mkdir()
        write(f"{name}/x.txt", "One.")
    write("d/y.txt", "One.")
    assert [d.id for d in read_documents(["d", "e"])] == ["d/x.txt", "y.txt", "e/x.txt"]
    assert [d.id for d in read_documents(["d/x.txt", "e/x.txt"])] == ["d/x.txt", "e/x.txt"]


def test_a_file_name_that_is_not_utf8_gives_an_id_that_can_be_written(folder):
    try:
        write(os.fsencode(folder) + b"/caf\xe9.txt", "One.")
    except OSError:
        pytest.skip("this file system takes UTF-8 names only")
    assert [name for _, name in named_files([folder])] == ["caf\ufffd.txt"]


def test_a_pipe_is_read_like_a_file():
    reading, writing = os.pipe()
    with os.fdopen(writing, "wb") as stream:
        stream.write(b"One.\nTwo.\n")
    reader = Reader(lines=True)
    texts = []
    for document in reader.read([f"/dev/fd/{reading}"]):
        texts.append(document.text)
        assert reader.position() == 0  # a pipe has none
    os.close(reading)
    assert texts == ["One.", "Two."]


def test_position_counts_bytes_of_all_files():
    sizes = [os.path.getsize(write(name, "One.\nTwo.\n" * 10)) for name in ("a.txt", "b.txt")]
    reader = Reader(lines=True)
    assert reader.position() == 0
    positions = [reader.position() for _ in reader.read(["a.txt", "b.txt"])]
    assert positions == sorted(positions)
    assert reader.position() == sum(sizes)


MISSING = {
    "nowhere.txt": "nowhere.txt is not there: expected a file or a directory",
    "": "a path must not be empty: expected a file or a directory",
    "none": "none holds no file that can be read: expected one of '.txt', '.jsonl', '.ndjson', '.csv', '.tsv', '.parquet'",
}


@pytest.mark.parametrize("path", MISSING)
def test_what_is_not_there(folder, path):
    (folder / "none").mkdir()
    write("none/scan.pdf", "%PDF")
    refused(MISSING[path], path, MissingFileError)


def test_a_file_that_cannot_be_opened(monkeypatch):
    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    write("a.txt", "One.")
    monkeypatch.setattr("pathlib.Path.open", refuse)
    refused("a.txt can't be read: Permission denied", "a.txt", MissingFileError)


REFUSED = {
    ("a.txt", ""): "a.txt is empty: expected text",
    ("a.jsonl", ""): "a.jsonl is empty: expected one JSON object a line",
    ("a.csv", ""): "a.csv is empty: expected a header line",
    ("a.csv", "\n\n"): "a.csv is empty: expected a header line",
    ("a.txt", b"\xff\xfea\0"): "a.txt must be a text file in UTF-8, got UTF-16 text: convert it to UTF-8 first",
    ("a.jsonl", b"\x1f\x8b\x08"): "a.jsonl must be a text file in UTF-8, got a gzip file",
    ("a.txt", b"Envoys met in Malm\xf6.\n"): f"a.txt must be UTF-8, got byte 0xf6 at byte offset 18{HINT}",
    ("a.jsonl", b'{"text": "a"}\n{"text": "\xe9"}'): f"a.jsonl, line 2 must be UTF-8, got byte 0xe9 at byte offset 24{HINT}",
    ("a.csv", b"text\na\n\xe9,b\n"): f"a.csv, line 3 must be UTF-8, got byte 0xe9 at byte offset 7{HINT}",
    ("a.jsonl", '\n{"text": "b'): f"a.jsonl, line 2 {JSON} broken JSON: Unterminated string starting at (column 10)",
    ("a.jsonl", "{} {}"): "a.jsonl, line 1 must be a JSON object, got broken JSON: Extra data (column 4)",
    ("a.jsonl", "[1]"): "a.jsonl, line 1 must be a JSON object, got list",
    ("a.jsonl", "null"): "a.jsonl, line 1 must be a JSON object, got NoneType",
    ("a.jsonl", "[" * 100_000): f"a.jsonl, line 1 {JSON} one nested too deeply or a number too long",
    ("a.jsonl", f'{{"n": {"9" * 5000}}}'): f"a.jsonl, line 1 {JSON} one nested too deeply or a number too long",
    ("a.jsonl", '{"texts": "a"}'): "a.jsonl, line 1: column 'text' is not there; did you mean 'texts'? There are: texts",
    ("a.jsonl", '{"text": 5}'): "a.jsonl, line 1, column 'text' must be a string, got int",
    ("a.jsonl", '{"text": null}'): "a.jsonl, line 1, column 'text' must be a string, got NoneType",
    ("a.jsonl", '{"text": "a\\uD800"}'): f"a.jsonl, line 1, column 'text' {SURROGATE} 1{HINT}",
    ("a.jsonl", '{"id": "\\udfff", "text": ""}'): f"a.jsonl, line 1, column 'id' {SURROGATE} 0{HINT}",
    ("a.csv", "id,texts\n1,a\n"): "a.csv: column 'text' is not there; did you mean 'texts'? There are: id, texts",
    ("a.csv", "id,text\n1,a,b\n"): "a.csv, line 2 must have 2 fields like the header, got 3",
    ("a.csv", 'text\n"a\nb\n'): "a.csv, line 2 must be CSV, got unexpected end of data",
    ("a.csv", 'text\n"a"b\n'): "a.csv, line 2 must be CSV, got ',' expected after '\"'",
}  # fmt: skip


@pytest.mark.parametrize(("name", "content"), REFUSED)
def test_what_is_refused(name, content):
    write(name, content)
    refused(REFUSED[name, content], name)


def invalid_strings():
    """Strings as a careless writer leaves them: the second is not UTF-8."""
    offsets = pa.py_buffer(b"".join(n.to_bytes(4, "little") for n in (0, 1, 2)))
    return pa.StringArray.from_buffers(2, offsets, pa.py_buffer(b"a\xff"))


PARQUET = {
    "number": ({"text": [1]}, "a.parquet, column 'text' must be of type string, got int64"),
    "missing": ({"texts": ["a"]}, "a.parquet: column 'text' is not there; did you mean 'texts'? There are: texts"),
    "null": ({"text": ["a", None]}, "a.parquet, row 2, column 'text' must be a string, got NoneType"),
    "bytes": (
        {"text": invalid_strings()},
        "a.parquet, row 1 and following must hold values that Python knows, got one that it doesn't:"
        " 'utf-8' codec can't decode byte 0xff in position 0: invalid start byte",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", PARQUET)
def test_parquet_files_that_are_refused(case):
    columns, expected = PARQUET[case]
    pq.write_table(pa.table(columns), "a.parquet")
    refused(expected, "a.parquet")


def test_a_parquet_file_that_is_none_or_cut(folder):
    pq.write_table(pa.table({"text": ["a"] * 100}), "a.parquet")
    whole = (folder / "a.parquet").read_bytes()
    for content in (b"", b"text\na\n", whole[:-100]):
        write("a.parquet", content)
        with pytest.raises(InputError, match=r"^a\.parquet must be a Parquet file, got one that can't be read: "):
            list(read_documents("a.parquet"))


def test_a_parquet_file_with_a_kind_name_of_text_is_named():
    pq.write_table(pa.table({"text": ["a"]}), "a.txt")
    refused("a.txt must be a text file in UTF-8, got a Parquet file: name it .parquet", "a.txt")


def test_unknown_options():
    refused("errors must be one of 'strict', 'replace', got 'ignore'", "a.txt", errors="ignore")
    refused("on_error must be one of 'stop', 'skip', got 'warn'", "a.txt", on_error="warn")


def test_replace_goes_on():
    write("a.txt", b"Malm\xf6.")
    write("b.jsonl", b'{"id": "\\ud800", "text": "\xf6 \\ud800 \\ud83d\\ude00", "more": ["\\ud800"]}')
    assert next(read_documents("a.txt", errors="replace")).text == "Malm\ufffd."
    (document,) = read_documents("b.jsonl", errors="replace")
    assert (document.id, document.text, document.metadata["more"]) == ("\ufffd", "\ufffd \ufffd 😀", ["\ufffd"])


def test_skip_passes_over_broken_json_lines():
    write("a.jsonl", b'{"text": "a"}\n{"text"\n{"text": "\xff"}\n{"text": 1}\n{"text": "e"}\n')
    found, messages = skipped(["a.jsonl"])
    assert found == [("a.jsonl:1", "a"), ("a.jsonl:5", "e")]
    assert messages == [
        "a.jsonl, line 2 must be a JSON object, got broken JSON: Expecting ':' delimiter (column 8)",
        f"a.jsonl, line 3 must be UTF-8, got byte 0xff at byte offset 32{HINT}",
        "a.jsonl, line 4, column 'text' must be a string, got int",
    ]


def test_skip_passes_over_broken_csv_rows():
    write("a.csv", b'id,text\n1,a\n2,\xff\n3,"c"c\n4,d,d\n5,e\n')
    found, messages = skipped(["a.csv"])
    assert found == [("1", "a"), ("5", "e")]
    assert messages == [
        f"a.csv, line 3 must be UTF-8, got byte 0xff at byte offset 14{HINT}",
        "a.csv, line 4 must be CSV, got ',' expected after '\"'",
        "a.csv, line 5 must have 2 fields like the header, got 3",
    ]


def test_rows_keep_their_numbers_whatever_is_skipped():
    write("a.csv", b'text,n\na,1\n"b"b,2\nc\nd,4\n')
    assert skipped(["a.csv"])[0] == [("a.csv:1", "a"), ("a.csv:4", "d")]


def test_skip_passes_over_lines_of_text():
    write("a.txt", b"one\n\xff\nthree\n")
    found, messages = skipped(["a.txt"], lines=True)
    assert found == [("a.txt", "one"), ("a.txt", "three")]
    assert messages == [f"a.txt, line 2 must be UTF-8, got byte 0xff at byte offset 4{HINT}"]


def test_skip_passes_over_rows_of_parquet():
    pq.write_table(pa.table({"text": ["a", None, "c"]}), "a.parquet")
    found, messages = skipped(["a.parquet"])
    assert found == [("a.parquet:1", "a"), ("a.parquet:3", "c")]
    assert messages == ["a.parquet, row 2, column 'text' must be a string, got NoneType"]


def test_skip_passes_over_whole_files():
    for name, content in {"a.txt": "One.", "b.txt": "", "c.csv": "body\nx\n", "d.txt": "Two."}.items():
        write(name, content)
    found, messages = skipped(["a.txt", "b.txt", "c.csv", "d.txt"], Columns(text="bodies"))
    assert found == [("a.txt", "One."), ("d.txt", "Two.")]
    assert messages == [
        "b.txt is empty: expected text",
        "c.csv: column 'bodies' is not there; did you mean 'body'? There are: body",
    ]


def test_columns_that_are_needed():
    write("a.jsonl", '{"text": "a", "outlet": "Wire"}\n{"text": "b", "outlets": 1}\n')
    found, messages = skipped(["a.jsonl"], Columns(needed=("outlet",)))
    assert found == [("a.jsonl:1", "a")]
    assert messages == [
        "a.jsonl, line 2: column 'outlet' is not there; did you mean 'outlets'? There are: text, outlets"
    ]


@given(st.lists(st.text(st.characters()), min_size=1))
def test_any_text_in_json_lines_comes_back_with_lone_surrogates_replaced(tmp_path_factory, texts):
    path = tmp_path_factory.mktemp("any") / "a.jsonl"
    path.write_text("".join(json.dumps({"text": text}) + "\n" for text in texts), encoding="utf-8")
    whole = [text.encode("utf-16", "surrogatepass").decode("utf-16", "replace") for text in texts]
    assert [document.text for document in read_documents(path, errors="replace")] == whole
