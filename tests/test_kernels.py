"""Each kernel against its plain twin, compiled and not (NUMBA_DISABLE_JIT=1)."""

import os
from dataclasses import replace
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nato_nlp._kernels import jit
from nato_nlp._kernels.cache import CacheState, announce, cache_state
from nato_nlp._kernels.layout import FULL_MASK, new_tokens, new_trie
from nato_nlp._kernels.lookup import CODE, EXPANDS, SPACE, WORD, decode
from nato_nlp._kernels.reference import (
    char_ngrams_reference,
    count_reference,
    documents_reference,
    lower_reference,
    numbers_reference,
    places_reference,
    region_terms_reference,
    row_scores_reference,
    weights_reference,
    word_ngrams_reference,
)
from nato_nlp._kernels.scores import row_scores
from nato_nlp._kernels.sorting import sort_numbers
from nato_nlp._kernels.terms import index_terms, index_tokens, spell_lengths, spell_terms
from nato_nlp.features import _counting, _letters, _rows, _vocabulary, _worker
from nato_nlp.features._counting import Workers
from nato_nlp.features._vocabulary import Growth, from_strings
from nato_nlp.features._worker import Settings

WITHOUT_JIT = os.environ.get("NUMBA_DISABLE_JIT") == "1"
exhaustive = settings(max_examples=30 if WITHOUT_JIT else 100, deadline=None)
wrapping = np.errstate(over="ignore")  # hashes wrap around; only NumPy, without numba, would warn
ALL = np.uint64(FULL_MASK)
PLAIN = Settings((1, 2), (1, 4), True, False, False, True, None, np.float64)

words = st.sampled_from(
    [
        "talks",
        "Talks",
        "a",
        "of",
        "ΟΔΟΣ",
        "İİ",
        "e\u0301",
        "ßx",
        "שלום",
        "東京",
        "x" * 40,
        "_1",
        "\ud800z",
        "\U0001f600ab",
    ]
)
gaps = st.sampled_from([" ", "\n", "\u00a0", "\u2003", "\x1f", "-", "", "'"])
texts = st.one_of(
    st.lists(st.tuples(words, gaps), max_size=12).map(lambda pairs: "".join(a + b for a, b in pairs)),
    st.text(max_size=30),
    st.text("abΣİ \u0300.", max_size=30),
)
batches = st.lists(texts, max_size=6)
masks = st.sampled_from([FULL_MASK, 0, 1, 6])  # with few bits every look-up collides
ngrams = st.tuples(st.integers(1, 3), st.integers(0, 3)).map(lambda pair: (pair[0], pair[0] + pair[1]))
names = st.lists(st.text(min_size=1, max_size=6), max_size=20)


def rows_of(batch, regions=None):
    return _rows.as_rows(batch, regions, True)


def grams(settings, text):
    text = lower_reference(text, settings.lowercase)[0]
    word = list(word_ngrams_reference(text, *settings.word)) if settings.word else []
    return word, list(char_ngrams_reference(text, *settings.char)) if settings.char else []


def coded(strings):
    offsets = np.concatenate([[0], np.cumsum([len(name) for name in strings])]).astype(np.int64)
    return offsets, _letters.encoded("".join(strings))


def with_mask(mask):
    """Use some bits of the hashes only."""
    return patch.object(_vocabulary, "MASK", np.uint64(mask))


@exhaustive
@given(st.lists(st.integers(0, 2**20 - 1), max_size=400), st.integers(0, 10))
def test_sort_numbers(numbers, extra):
    values = np.asarray(numbers, np.int32)
    sort_numbers(values, len(values), np.empty_like(values), np.empty(1 << 10, np.int32), 2**20 + extra)
    assert values.tolist() == sorted(numbers)


@exhaustive
@given(texts, st.booleans())
def test_decode(text, lowercase):
    text = _letters.settle_sigma(text) if lowercase else text
    data = np.frombuffer(text.encode("utf-8", "surrogatepass"), np.uint8)
    codes, origins = np.empty(len(data) + 1, np.uint32), np.empty(len(data) + 1, np.int32)
    length = decode(data, 0, len(data), _letters.letters(lowercase, 0x110000), codes, origins)
    expected, origin = lower_reference(text, lowercase)
    assert _letters.decoded(codes[:length] & CODE) == expected
    assert origins[:length].tolist() == origin
    assert [bool(code & WORD) for code in codes[:length]] == [c.isalnum() or c == "_" for c in expected]
    assert [bool(code & SPACE) for code in codes[:length]] == [c.isspace() for c in expected]


def test_letters_agree_with_python_on_every_character():
    lower, plain = _letters.letters(True, 0x110000), _letters.letters(False, 0x110000)
    everything = [chr(code) for code in range(0x110000)]
    for table, characters in ((plain, everything), (lower, [c.lower() for c in everything])):
        single = np.asarray([len(c) == 1 for c in characters])
        codes = np.asarray([ord(c[0]) for c in characters], np.uint32)
        isword = np.asarray([c.isalnum() or c == "_" for c in characters])
        isspace = np.asarray([c.isspace() for c in characters])
        expected = codes | (isword * np.uint32(WORD)) | (isspace * np.uint32(SPACE))
        np.testing.assert_array_equal(table[single], expected[single].astype(np.uint32))
        assert table[~single].tolist() == [EXPANDS] * int((~single).sum())
    assert [c for c in everything if len(c.lower()) != 1] == ["İ"]


@exhaustive
@given(names, masks)
def test_index_tokens(strings, mask):
    offsets, codes = coded(strings)
    tokens, numbers = new_tokens(len(strings) + 1, len(codes) + 1), np.empty(len(strings), np.int64)
    index_tokens(offsets, codes, tokens, np.uint64(mask), numbers)
    assert numbers.tolist() == numbers_reference(strings)


@exhaustive
@given(names, st.integers(0, 1), masks)
def test_index_and_spell_terms(strings, split, mask):
    strings = list(dict.fromkeys(strings))
    offsets, codes = coded(strings)
    room = len(codes) + len(strings) + 2
    trie, tokens, nodes = new_trie(room), new_tokens(room, room), np.empty(len(strings), np.int64)
    index_terms(offsets, codes, split, tokens, trie, np.uint64(mask), nodes)
    assert len(set(nodes.tolist())) == len(strings)
    lengths = np.empty(trie.size[0], np.int64)
    spell_lengths(trie, tokens, split, lengths)
    assert lengths[nodes].tolist() == [len(name) for name in strings]
    bounds = np.concatenate([[0], np.cumsum(lengths)])
    spelled = np.empty(bounds[-1], np.uint32)
    spell_terms(trie, tokens, split, bounds, spelled)
    spelt = _vocabulary.cut(_letters.decoded(spelled), bounds)
    assert [spelt[node] for node in nodes] == strings


@exhaustive
@given(batches, batches, ngrams, ngrams, masks, st.booleans(), st.booleans(), st.sampled_from([None, "l1", "l2"]))
def test_count_rows_weighs_known_terms(known, batch, word, char, mask, sublinear, binary, norm):
    plan = replace(PLAIN, word=word, char=char, sublinear_tf=sublinear, binary=binary, norm=norm)
    found = [grams(plan, text) for text in known]
    terms = [sorted({gram for row in found for gram in row[side]}) or ["zz"] for side in (0, 1)]
    with with_mask(mask):
        blocks = [from_strings(name, n, t) for name, n, t in zip(("word", "char"), (word, char), terms, strict=True)]
        idf = [np.linspace(1, 2, len(side)) for side in terms]
        blocks = [replace(block, idf=values) for block, values in zip(blocks, idf, strict=True)]
        indptr, indices, data = _counting.weigh(rows_of(batch), Workers(blocks, plan), 1)
    rows = [grams(plan, text) for text in batch]
    for side, shift in ((0, 0), (1, len(terms[0]))):
        index = {term: column for column, term in enumerate(terms[side])}
        starts, columns, counts = count_reference((row[side] for row in rows), index)
        for k in range(len(batch)):
            mine = slice(indptr[k], indptr[k + 1])
            chosen = (indices[mine] >= len(terms[0])) == bool(side)
            expected = slice(starts[k], starts[k + 1])
            assert (indices[mine][chosen] - shift).tolist() == columns[expected].tolist()
            weights = weights_reference(counts[expected], idf[side][columns[expected]], sublinear, binary, norm)
            np.testing.assert_allclose(data[mine][chosen], weights, rtol=1e-12)


@pytest.mark.parametrize("between", ["zzz", "zzz-zzz", "-", "a", "talks", ""])
def test_what_stands_between_words_is_the_same_when_remembered(between):
    plan, text = replace(PLAIN, char=None), f"nato {between} talks {between}-nato"
    terms = ["nato", "nato nato", "nato talks", "talks", "talks nato", "talks talks"]
    index = {term: column for column, term in enumerate(terms)}
    expected = count_reference([grams(plan, text)[0]] * 3, index)
    found = _counting.weigh(rows_of([text] * 3), Workers([from_strings("word", (1, 2), terms)], plan), 1)
    assert [array.tolist() for array in found] == [array.tolist() for array in expected]


@exhaustive
@given(st.lists(st.text("ab \t\r\x1b\x1c\x1f!\x7f\u00a0\u0120", max_size=40), max_size=5))
def test_pieces_end_at_white_space_only(batch):
    terms = sorted({word for text in batch for word in grams(PLAIN, text)[1]} | {"zz"})
    blocks = [from_strings("char", (1, 4), terms)]
    found = _counting.weigh(rows_of(batch * 2), Workers(blocks, replace(PLAIN, word=None)), 1)
    expected = count_reference((grams(PLAIN, text)[1] for text in batch * 2), {t: c for c, t in enumerate(terms)})
    assert [array.tolist() for array in found] == [array.tolist() for array in expected]


@exhaustive
@given(st.lists(batches, min_size=1, max_size=3), ngrams, ngrams, masks)
def test_count_rows_grows_a_vocabulary(parts, word, char, mask):
    plan = replace(PLAIN, word=word, char=char)
    with with_mask(mask):
        blocks = [Growth.empty("word"), Growth.empty("char")]
        before = 0
        for part in parts:
            _counting.count_documents(rows_of(part), blocks, plan, before)
            before += len(part)
        rows = [grams(plan, text) for part in parts for text in part]
        for side, block in enumerate(blocks):
            documents, occurrences = documents_reference(row[side] for row in rows)
            nodes = _vocabulary.chosen(block, 1, np.inf, None, np.float64)
            settled = _vocabulary.settled(block, (1, 1), nodes)
            assert list(settled.terms) == sorted(documents)
            assert block.sums[nodes, 0].tolist() == [documents[term] for term in sorted(documents)]
            assert block.sums[nodes, 1].tolist() == [occurrences[term] for term in sorted(documents)]


def test_rows_that_outgrow_every_room(monkeypatch):
    monkeypatch.setattr(_vocabulary, "START_NODES", 2)
    monkeypatch.setattr(_vocabulary, "START_TOKENS", 1)
    monkeypatch.setattr(_worker, "MAX_ENTRIES", 2)
    monkeypatch.setattr(_worker, "START_ROOM", 1)
    monkeypatch.setattr(_worker, "MAX_PIECES", 4)
    batch = ["a few words grow", "x" * 50, "", "words of many kinds outgrow what is there", "few words"] * 3
    blocks = [Growth.empty("word"), Growth.empty("char")]
    _counting.count_documents(rows_of(batch), blocks, PLAIN, 0)
    found = [_vocabulary.chosen(block, 1, np.inf, None, np.float64) for block in blocks]
    fitted = [_vocabulary.settled(block, (1, 1), nodes) for block, nodes in zip(blocks, found, strict=True)]
    rows = [grams(PLAIN, text) for text in batch]
    assert [list(block.terms) for block in fitted] == [
        sorted({g for row in rows for g in row[side]}) for side in (0, 1)
    ]
    indptr, _, data = _counting.weigh(rows_of(batch), Workers(fitted, PLAIN), 1)
    assert data.sum() == sum(len(side) for row in rows for side in row)
    assert np.diff(indptr).tolist() == [len(set(word)) + len(set(char)) for word, char in rows]
    assert len(_counting.locate(rows_of(batch), fitted, PLAIN)) == data.sum()


@exhaustive
@given(texts, ngrams, ngrams, st.booleans(), masks)
def test_locate_rows(text, word, char, lowercase, mask):
    plan = replace(PLAIN, word=word, char=char, lowercase=lowercase)
    expected = places_reference(text, word, char, lowercase)
    terms = [sorted({term for block, term, _, _ in expected if block == name}) or ["zz"] for name in ("word", "char")]
    with with_mask(mask):
        blocks = [from_strings(name, n, t) for name, n, t in zip(("word", "char"), (word, char), terms, strict=True)]
        found = _counting.locate(_rows.as_rows(["", text], None, lowercase), blocks, plan)
    columns = [("word", term) for term in terms[0]] + [("char", term) for term in terms[1]]
    assert sorted((*columns[column], start, end) for _, column, start, end in found.tolist()) == sorted(expected)
    assert set(found[:, 0]) <= {1}
    assert found[:, [0, 2, 3, 1]].tolist() == sorted(found[:, [0, 2, 3, 1]].tolist())


@st.composite
def texts_with_spans(draw):
    text = draw(st.text("ab c-", max_size=30))
    bounds = sorted(draw(st.lists(st.integers(0, len(text)), max_size=6)))
    return text, [
        (a, b, draw(st.sampled_from([-1, 0, 1, 2, 10, 345]))) for a, b in zip(bounds[::2], bounds[1::2], strict=False)
    ]


@exhaustive
@given(st.lists(texts_with_spans(), min_size=1, max_size=4), ngrams, ngrams, masks)
def test_count_rows_keeps_regions_apart(batch, word, char, mask):
    plan = replace(PLAIN, word=word, char=char)
    with with_mask(mask):
        blocks = [Growth.empty("word"), Growth.empty("char")]
        _counting.count_documents(rows_of([text for text, _ in batch], [spans for _, spans in batch]), blocks, plan, 0)
        for block in blocks:
            rows = (
                [t for name, t in region_terms_reference(*pair, word, char) if name == block.name] for pair in batch
            )
            documents, _ = documents_reference(rows)
            nodes = _vocabulary.chosen(block, 1, np.inf, None, np.float64)
            assert _vocabulary.settled(block, (1, 1), nodes).terms == sorted(documents)
            assert block.sums[nodes, 0].tolist() == [documents[term] for term in sorted(documents)]


@exhaustive
@given(st.integers(0, 2**32 - 1))
def test_row_scores(seed):
    rng = np.random.default_rng(seed)
    widths = rng.integers(0, 5, 4)
    indptr = np.concatenate([[0], np.cumsum(widths)]).astype(np.int32)
    indices, data = rng.integers(0, 6, widths.sum()).astype(np.int32), rng.normal(size=widths.sum())
    weights, out = rng.normal(size=(6, 3)).astype(np.float32), np.empty((4, 3))
    row_scores(indptr, indices, data, weights, out)
    np.testing.assert_allclose(out, row_scores_reference(indptr, indices, data, weights), rtol=1e-12, atol=1e-12)


def test_sources_digest_changes_with_a_shared_file(tmp_path):
    for name in (*jit.SHARED, "own.py"):
        (tmp_path / name).write_text(name)
    before = jit.sources_digest.__wrapped__(str(tmp_path / "own.py"))
    (tmp_path / jit.SHARED[-1]).write_text("changed")
    assert jit.sources_digest.__wrapped__(str(tmp_path / "own.py")) != before


def test_kernels_compile_in_memory_where_nothing_can_be_written(monkeypatch):
    def njit(cache=False, **options):
        if cache:
            raise RuntimeError("cannot cache function: no locator available")
        return lambda function: function

    monkeypatch.setattr(jit, "njit", njit)
    assert jit.kernel(len)([1, 2]) == 2


def test_cache_state_names_every_kernel():
    state = cache_state()
    assert {"count_rows", "locate_rows", "row_scores", "index_terms"} <= set(state.compiled + state.missing)
    assert not set(state.compiled) & set(state.missing)
    assert state.jit is not WITHOUT_JIT
    assert (state.size > 0) == bool(state.compiled)


@pytest.mark.parametrize(
    ("terminal", "compiled", "told"), [(True, False, True), (True, True, False), (False, False, False)]
)
def test_a_person_is_told_that_kernels_are_compiled(monkeypatch, capsys, terminal, compiled, told):
    state = CacheState(None, ("count_rows",) if compiled else (), () if compiled else ("count_rows",), 0, True)
    monkeypatch.setattr("nato_nlp._kernels.cache.cache_state", lambda: state)
    monkeypatch.setattr("sys.stderr.isatty", lambda: terminal, raising=False)
    monkeypatch.delenv("NUMBA_DISABLE_JIT", raising=False)
    announce.__wrapped__("count_rows")
    assert ("compiling" in capsys.readouterr().err) is told
