"""N-grams by place against a plain twin, and the contract of an estimator."""

import pickle
import re
from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.pipeline import make_pipeline, make_union

from nato_nlp.datasets.marks import read_marks
from nato_nlp.errors import InputError, NotFittedError
from nato_nlp.features._letters import settle_sigma
from nato_nlp.features._rows import CHUNK_BYTES
from nato_nlp.features.ngram_tfidf import NgramTfidf
from nato_nlp.features.place import COUNTED, PLACES, Placed, PlaceNgrams, mask_marks, placed

WORDS = NgramTfidf(char=None)
MARKED = [
    "On Monday <s>Chad</s> accused <t>Mali</t> of theft.",
    "<t>Mali's army</t>, attacked by <s>Chad</s>, fled.",
    "<s>Chad</s> and <s>Niger</s> thanked <t>Mali</t>.",
    "<s>Envoys</s> left.",
    "Talks with <t>Mali</t> resumed.",
    "Talks resumed.",
    "<s>The <t>Mali</t> army</s> quarrelled.",
    "",
]
SENTENCES = [read_marks(text) for text in MARKED]
DIRECTIONS = {(0, 1): "source-first", (1, 0): "target-first", (0,): "source-only", (1,): "target-only"}


def marks_reference(text, sources, targets):
    """Give the marks that are seen as (start, end, side): of those that hold a character the shorter, then the source."""
    spans = [(b - a, side, a, b) for side, row in enumerate((sources, targets)) for a, b in row]
    sides = [min((s[:2] for s in spans if s[2] <= k < s[3]), default=(0, -1))[1] for k in range(len(text))]
    changes = [k for k in range(len(text)) if k == 0 or sides[k] != sides[k - 1]]
    return [(a, b, sides[a]) for a, b in pairwise([*changes, len(text)]) if sides[a] >= 0]


def pieces_reference(sentence, mask, places):
    """Cut a text: (piece, place, direction) each; the place is None where nothing is counted."""
    text = settle_sigma(sentence.text)
    marks = marks_reference(text, sentence.sources, sentence.targets)
    if not marks:
        return [(text, "unmarked", "")]
    direction = DIRECTIONS[tuple(dict.fromkeys(side for _, _, side in marks))]
    pieces, last = [], 0
    for start, end, side in marks:
        pieces.append((text[last:start], "between" if pieces else "before"))
        name = ("source", "target")[side]
        pieces.append((f"_{name}_" if mask else text[start:end], name))
        last = end
    pieces.append((text[last:], "after"))
    left_out = set(PLACES) - set(places) if direction.endswith("first") else ()
    return [(piece, None if place in left_out else place, direction) for piece, place in pieces]


def twin(sentences, template, mask, places):
    """Fit and transform through the public regions of `NgramTfidf`, with names of columns."""
    cut = [pieces_reference(sentence, mask, places) for sentence in sentences]
    kinds = sorted({piece[1:] for row in cut for piece in row if piece[1] is not None})
    texts, regions = [], []
    for row in cut:
        bounds = np.cumsum([0, *(len(piece[0]) for piece in row)]).tolist()
        numbers = [-1 if piece[1] is None else kinds.index(piece[1:]) for piece in row]
        texts.append("".join(piece[0] for piece in row))
        regions.append(list(zip(bounds, bounds[1:], numbers, strict=False)))
    vectorizer = clone(template)
    matrix = vectorizer.fit_transform(texts, regions=regions).toarray()
    return {name_of(term, kinds, template): matrix[:, column] for term, column in vectorizer.vocabulary_.items()}


def name_of(term, kinds, template):
    """Spell ``1:accused 2:_target_`` with the names of the places."""
    prefix, term = (term[:6], term[6:]) if template.word and template.char else ("", term)
    tokens = [term] if prefix == "char__" or template.word is None else term.split(" ")
    spelled, before = [], None
    for token in tokens:
        number, word = token.split(":", 1)
        place, direction = kinds[int(number)]
        where = (
            ""
            if number == before
            else f"{place}:"
            if before is not None
            else f"{place}/{direction}:".replace("/:", ":")
        )
        spelled.append(where + word)
        before = number
    return prefix + " ".join(spelled)


def columns(features, sentences):
    matrix = features.transform(sentences).toarray()
    return dict(zip(features.get_feature_names_out().tolist(), matrix.T, strict=True))


def terms(features, *numbers):
    """Give the names of the terms that some of SENTENCES have."""
    rows = columns(features, [SENTENCES[k] for k in numbers])
    return sorted(name for name, column in rows.items() if column.any())


@st.composite
def sentences(draw):
    text = draw(
        st.one_of(
            st.lists(st.sampled_from(["ab", "cd ", " ", "Σ", "İ", "é-", "東京", "\U0001f600", "x:1"]), max_size=12).map(
                "".join
            ),
            st.text("ab c-:Σ", max_size=20),
        )
    )
    place = st.integers(0, max(len(text) - 1, 0))
    span = st.tuples(place, place).map(lambda pair: (min(pair), max(pair) + 1))
    spans = st.lists(span, max_size=3) if text else st.just([])
    return Placed(text, draw(spans), draw(spans))


@settings(deadline=None)
@given(
    st.lists(sentences(), min_size=1, max_size=5),
    st.sampled_from([(None, (1, 3)), ((1, 3), None), ((1, 2), (1, 2))]),
    st.booleans(),
    st.lists(st.sampled_from(PLACES), min_size=1, unique=True).map(tuple),
)
def test_it_is_its_twin(batch, ngrams, mask, places):
    batch = [*batch, Placed("ab ab")]  # some term there is
    template = NgramTfidf(word=ngrams[0], char=ngrams[1])
    expected = twin(batch, template, mask, places)
    features = PlaceNgrams(ngrams=template, mask=mask, places=places).fit(batch)
    found = columns(features, batch)
    assert sorted(found) == sorted(expected)
    for name, column in found.items():
        np.testing.assert_allclose(column, expected[name], rtol=1e-12, err_msg=name)
    assert mask_marks(batch) == ["".join(masked_pieces(sentence)) for sentence in batch]


def masked_pieces(sentence):
    marks = marks_reference(sentence.text, sentence.sources, sentence.targets)
    last = 0
    for start, end, side in marks:
        yield sentence.text[last:start]
        yield ("_source_", "_target_")[side]
        last = end
    yield sentence.text[last:]


def test_names_tell_place_and_direction():
    features = PlaceNgrams(ngrams=WORDS, places=PLACES).fit(SENTENCES)
    assert terms(features, 0) == [
        "after/source-first:of",
        "after/source-first:of theft",
        "after/source-first:theft",
        "before/source-first:monday",
        "before/source-first:monday source:_source_",
        "before/source-first:on",
        "before/source-first:on monday",
        "between/source-first:accused",
        "between/source-first:accused target:_target_",
        "source/source-first:_source_",
        "source/source-first:_source_ between:accused",
        "target/source-first:_target_",
        "target/source-first:_target_ after:of",
    ]
    assert "between/target-first:attacked by" in terms(features, 1)
    assert "between/source-first:and source:_source_" in terms(features, 2)
    assert "after/source-only:left" in terms(features, 3)
    assert "before/target-only:with target:_target_" in terms(features, 4)
    assert terms(features, 5) == ["unmarked:resumed", "unmarked:talks", "unmarked:talks resumed"]
    assert "source/source-first:_source_ target:_target_" in terms(features, 6)
    assert terms(features, 7) == []


def test_names_of_both_blocks():
    names = PlaceNgrams().fit(SENTENCES).get_feature_names_out().tolist()
    assert {"word__between/source-first:accused", "char__between/source-first: acc"} <= set(names)
    assert len(names) == len(set(names))
    only = PlaceNgrams(ngrams=NgramTfidf(word=None)).fit(SENTENCES).get_feature_names_out().tolist()
    assert only == [name.removeprefix("char__") for name in names if name.startswith("char__")]


def test_names_count_only_when_they_are_not_masked():
    unmasked = PlaceNgrams(ngrams=WORDS, mask=False).fit(SENTENCES)
    assert "source/source-first:chad between:accused" in terms(unmasked, 0)
    assert not any("_source_" in name for name in terms(unmasked, *range(8)))
    one = Placed("Chad accused Mali.", ((0, 4),), ((13, 17),))
    other = Placed("Peru accused The Gambia.", ((0, 4),), ((13, 23),))
    rows = PlaceNgrams().fit(SENTENCES).transform([one, other]).toarray()
    np.testing.assert_array_equal(rows[0], rows[1])
    assert rows[0].any()


def test_places_that_are_left_out():
    features = PlaceNgrams(ngrams=WORDS, places=("before", "after")).fit(SENTENCES)
    kinds = {name.split(":")[0] for name in terms(features, 0, 1, 2)}
    assert kinds == {"before/source-first", "after/source-first", "after/target-first"}
    assert "source/source-only:_source_ after:left" in terms(features, 3)
    assert PlaceNgrams().places == COUNTED
    assert not any(name.startswith("after/") for name in terms(PlaceNgrams(ngrams=WORDS).fit(SENTENCES), 0, 1, 2))


def test_mask_marks():
    assert mask_marks(SENTENCES)[:3] == [
        "On Monday _source_ accused _target_ of theft.",
        "_target_, attacked by _source_, fled.",
        "_source_ and _source_ thanked _target_.",
    ]
    assert mask_marks([]) == []


@pytest.mark.parametrize(
    ("sources", "targets", "masked"),
    [
        ([(0, 4), (4, 5)], [], "_source_fghij"),  # touch: one
        ([(0, 4), (2, 5)], [], "_source_fghij"),
        ([(0, 4)], [(4, 5)], "_source__target_fghij"),
        ([(0, 6)], [(2, 4)], "_source__target__source_ghij"),
        ([(2, 4)], [(0, 6)], "_target__source__target_ghij"),
        ([(0, 4)], [(0, 4)], "_source_efghij"),
        ([(0, 4)], [(2, 5)], "_source__target_fghij"),
        ([(6, 10), (0, 2)], [(3, 5)], "_source_c_target_f_source_"),
    ],
)
def test_marks_that_touch_or_overlap(sources, targets, masked):
    around = [Placed("ab", [(0, 2)]), Placed("abcdefghij", sources, targets), Placed("ab", [(0, 1)])]
    assert mask_marks(around) == ["_source_", masked, "_source_b"]


def test_placed_puts_together_what_a_dataset_holds():
    assert placed(["Chad left.", "Rain."], [[[0, 4]], []]) == [Placed("Chad left.", ((0, 4),)), Placed("Rain.")]
    given_numbers = placed(["Chad left."], [np.array([[0, 4]])])
    features, expected = PlaceNgrams().fit(SENTENCES), placed(["Chad left."], [[(0, 4)]])
    np.testing.assert_array_equal(*(features.transform(x).toarray() for x in (given_numbers, expected)))


def test_contract():
    features = PlaceNgrams(ngrams=NgramTfidf(min_df=2), mask=False)
    assert clone(features).get_params()["ngrams__min_df"] == 2
    matrix = features.fit_transform(SENTENCES, [0] * 8)
    for again in (
        pickle.loads(pickle.dumps(features)).transform(SENTENCES),
        clone(features).fit(SENTENCES).transform(iter(SENTENCES)),
        features.transform(np.array(SENTENCES, object)),
        make_pipeline(clone(features)).fit_transform(SENTENCES),
        clone(features).from_arrays(features.to_arrays()).transform(SENTENCES),
        make_union(clone(features)).fit_transform(SENTENCES),
        features.transform_arrays(SENTENCES).to_scipy(),
    ):
        np.testing.assert_array_equal(again.toarray(), matrix.toarray())
    assert matrix.format == "csr"
    assert matrix.shape == (8, features.columns_) == (8, len(features.get_feature_names_out()))
    assert features.transform([]).shape == (0, features.columns_)
    assert PlaceNgrams(ngrams=NgramTfidf(dtype=np.float32)).fit_transform(SENTENCES).dtype == np.float32
    assert repr(PlaceNgrams(mask=False)) == "PlaceNgrams(mask=False)"


def test_rows_do_not_depend_on_their_neighbours_nor_on_threads():
    many = SENTENCES * (2 * CHUNK_BYTES // sum(len(s.text) for s in SENTENCES))
    features = PlaceNgrams(ngrams=NgramTfidf(n_jobs=2)).fit(SENTENCES)
    alone = features.transform(SENTENCES).toarray()
    together = features.transform(many).toarray()
    np.testing.assert_array_equal(together, np.tile(alone, (len(many) // len(SENTENCES), 1)))
    order = np.random.default_rng(0).permutation(len(SENTENCES))
    permuted = PlaceNgrams().fit([SENTENCES[k] for k in order])
    np.testing.assert_array_equal(permuted.transform(SENTENCES).toarray(), alone)


SPANS = "spans (start, end) with 0 <= start < end <= 5, got "
SENTENCE = "sentences must be a sequence of objects with text, sources and targets, one a sentence, got "


@pytest.mark.parametrize(
    ("batch", "message"),
    [
        (3, SENTENCE + "3"),
        ("talks", SENTENCE + "'t' at index 0"),
        ([Placed("talks"), "talks"], SENTENCE + "'talks' at index 1"),
        ([Placed("talks"), Placed(None)], "texts must be a sequence of str, got None at index 1"),
        ([Placed("talks"), Placed("talks", [(0, 6)])], f"sources must be {SPANS}(0, 6) at index 1"),
        ([Placed("talks", [], [(-1, 2)])], f"targets must be {SPANS}(-1, 2) at index 0"),
        ([Placed("talks", [(2, 2)])], f"sources must be {SPANS}(2, 2) at index 0"),
        ([Placed("talks", [(0, 1), (2, 1)])], f"sources must be {SPANS}(2, 1) at index 0"),
        ([Placed("talks", [(0, 1, 2)])], f"sources must be {SPANS}(0, 1, 2) at index 0"),
        ([Placed("talks", [(0, 1), (1,)])], f"sources must be {SPANS}(1,) at index 0"),
        ([Placed("talks", [(0, 1.5)])], f"sources must be {SPANS}(0, 1.5) at index 0"),
        ([Placed("talks", (0, 1))], f"sources must be {SPANS}0 at index 0"),
        ([Placed("talks"), Placed("talks", None)], f"sources must be {SPANS}None at index 1"),
    ],
)
def test_sentences_that_are_none(batch, message):
    with pytest.raises(InputError, match=f"^{re.escape(message)}$"):
        PlaceNgrams().fit(batch)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"ngrams": 3}, "ngrams must be None or an NgramTfidf without a vocabulary, got 3"),
        (
            {"ngrams": NgramTfidf(vocabulary=["ab"], char=None)},
            "ngrams must be None or an NgramTfidf without a vocabulary, got NgramTfidf(char=None, vocabulary=['ab'])",
        ),
        ({"mask": 1}, "mask must be True or False, got 1"),
        ({"places": "before"}, "places must be a tuple of places, got 'before'"),
        ({"places": ()}, "places must be a tuple of places, got ()"),
        (
            {"places": ("before", "above")},
            "places must be a tuple of 'before', 'between', 'after', 'source', 'target', got 'above'",
        ),
    ],
)
def test_parameters_out_of_range(changed, message):
    with pytest.raises(InputError, match=f"^{re.escape(message)}$"):
        PlaceNgrams(**changed).fit(SENTENCES)


def test_lengths_that_differ():
    with pytest.raises(InputError, match=r"^targets must be as long as texts \(1\), got 0$"):
        placed(["talks"], [[]], [])
    with pytest.raises(InputError, match=re.escape(f"sources must be {SPANS}(0, 9) at index 0")):
        placed(["talks"], [[(0, 9)]])


def test_before_fitting_and_arrays_that_lack():
    with pytest.raises(NotFittedError, match=r"^PlaceNgrams must be fitted before it is used: call fit first$"):
        PlaceNgrams().transform(SENTENCES)
    arrays = PlaceNgrams().fit(SENTENCES).to_arrays()
    del arrays["ngrams.char.idf"]
    with pytest.raises(InputError, match=r"^arrays must hold 'char.idf', got "):
        PlaceNgrams().from_arrays(arrays)


def test_any_object_with_text_and_marks_will_do():
    features = PlaceNgrams().fit(SENTENCES)
    alike = [SimpleNamespace(text=s.text, sources=list(map(list, s.sources)), targets=s.targets) for s in SENTENCES]
    np.testing.assert_array_equal(features.transform(alike).toarray(), features.transform(SENTENCES).toarray())
