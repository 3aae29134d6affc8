"""The phrase kernels against their plain twin, compiled and not (NUMBA_DISABLE_JIT=1)."""

import os

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nato_nlp._kernels.cues import join_rows
from nato_nlp._kernels.phrase_layout import Rows, new_found, new_tokens
from nato_nlp._kernels.phrases import fill_table
from nato_nlp._kernels.phrases_reference import (
    Hit,
    PlainEntry,
    PlainLexicon,
    PlainNames,
    PlainTerms,
    cues_reference,
    hidden_reference,
    hits_reference,
    lower_reference,
    mentions_reference,
    terms_reference,
    tokens_reference,
)
from nato_nlp._kernels.tokens import hash_words, read_tokens
from nato_nlp.codebook import load_codebook
from nato_nlp.errors import InputError
from nato_nlp.features._letters import CODE_POINTS, encoded, letters
from nato_nlp.features.actors import Actor, compile_actors, load_actors
from nato_nlp.features.lexicon import (
    BUTS,
    DETERMINERS,
    FUNCTION_WORDS,
    NEGATING_PAIRS,
    NEGATORS,
    NO_ROOT,
    POSSESSIVES,
    SUBORDINATING_PAIRS,
    SUBORDINATORS,
    Entry,
    compile_lexicon,
    condition_forms,
    entry_forms,
    load_lexicon,
    merged,
)
from nato_nlp.features.phrasebook import KINDS, parse_conditions, phrase_words
from nato_nlp.features.phrases import CUE_COLUMNS, CUES, SHAPES, Phrases
from nato_nlp.features.topic_terms import Term, compile_terms, load_terms, term_forms

WITHOUT_JIT = os.environ.get("NUMBA_DISABLE_JIT") == "1"
exhaustive = settings(max_examples=30 if WITHOUT_JIT else 300, deadline=None)
MARKS = ("word", "stop", "comma", "straight", "opening", "closing", "other")  # 0, -1, -2 ...

EXTRA = [
    Entry("call off", "p", "verbal_dispute", "REJECT", "", "verbal_cooperation", False),
    Entry("call off the talks", "p", "material_dispute", "SANCTION", "", "", False),
    Entry("return", "v", "verbal_cooperation", "CONSULT", "after:talk|table notbefore:sent", "verbal_dispute", False),
    Entry("return fire", "v", "material_dispute", "ASSAULT", "", "neutral", False),
    Entry("strike", "n", "material_dispute", "PROTEST", "", "neutral", False),
    Entry("strike", "v", "material_dispute", "ASSAULT", "notafter:deal", "neutral", False),
    Entry("strike", "v", "verbal_cooperation", "AGREE", "after:deal", "verbal_dispute", True),
    Entry("withdraw its envoy", "v", "material_dispute", "SANCTION", "before:NATO|troop", "neutral", False),
    Entry("raid", "v", "material_dispute", "ASSAULT", "", "neutral", False),
    Entry("raid", "n", "material_dispute", "COERCE", "", "neutral", False),
    Entry("neutral", "a", "neutral", "", "", "", True),
    Entry("neutral", "x", "verbal_dispute", "ACCUSE", "", "", True),
]
GEORGIA = {"Georgia": "notbefore:Atlanta|Alabama notafter:Atlanta"}
NAMES = [
    Actor("GEO", "state", "Georgia", demonyms=("Georgian",), capitals=("Tbilisi",), ambiguous=GEORGIA),
    Actor("", "other", "South China Sea"),
    Actor("CHN", "state", "China", demonyms=("Chinese",)),
    Actor("NATO", "organisation", "NATO", aliases=("North Atlantic Treaty Organization", "North Atlantic")),
    Actor("TUR", "state", "İzmir", aliases=("Côte d'Ivoire",)),
]


def small(entries, step):
    return entries[:: 20 * step if WITHOUT_JIT else step]


TERMS = [
    Term("talk table", "alliance_diplomacy", False),
    Term("fire", "military_operations", True),
    Term("North Atlantic", "alliance_diplomacy", True),
    Term("north", "asia_pacific", True),
    Term("New START", "arms_control", False),
    Term("new start", "alliance_diplomacy", True),
    Term("Sea", "territory_borders", True),
    Term("sea", "energy", True),
    *small(load_terms(), 30),
]
ENTRIES = EXTRA + small(load_lexicon(), 12)
ACTORS = NAMES + small(load_actors(), 10)


def condition_list(text, forms):
    return [
        (KINDS[kind], frozenset(w for word in words for w in forms(word)))
        for kind, words in parse_conditions(text, "x")
    ]


def plain_lexicon(entries):
    book, conditions, facts, split = {}, [], [], {}
    quads, roots = list(load_codebook().quads), [r for rs in load_codebook().roots.values() for r in rs]

    def forms(lemma):
        return [lower_reference(w) for form in condition_forms(lemma) for w in phrase_words(form)]

    for entry in merged(entries):
        conditions.append(condition_list(entry.frame, forms))
        root = roots.index(entry.root) if entry.root else NO_ROOT
        negated = quads.index(entry.negated) if entry.negated else None
        facts.append(
            PlainEntry(quads.index(entry.quad), root, negated, entry.weak, entry.pos == "n", entry.pos in "vp")
        )
        for form in dict.fromkeys(entry_forms(entry)):
            words = tuple(POSSESSIVES.get(word, word) for word in form)
            book.setdefault(words, []).append(len(facts) - 1)
            if entry.pos == "p" and len(words) > 1:
                split.setdefault(words[0], []).append((len(facts) - 1, words[1:]))
    book = {words: list(dict.fromkeys(numbers)) for words, numbers in book.items()}
    pairs = [(NEGATING_PAIRS, 1), (SUBORDINATING_PAIRS, 2)]
    pairs = frozenset((*pair.split(), kind) for listed, kind in pairs for pair in listed)
    words = (frozenset(listed) for listed in (NEGATORS, SUBORDINATORS, BUTS, DETERMINERS))
    return PlainLexicon(PlainNames(book, conditions), facts, split, POSSESSIVES, *words, pairs)


def plain_names(actors):
    conditions, framed, plain = [], {}, {}
    for actor in actors:
        for name, kind in dict.fromkeys(actor.names()):
            conditions.append(condition_list(actor.ambiguous.get(name, ""), phrase_words))
            words = phrase_words(name)
            for spelled in {words, tuple(map(str.upper, words))} if kind != "other" and len(name) > 3 else {words}:
                if conditions[-1]:
                    framed.setdefault(spelled, []).append(len(conditions) - 1)
                elif kind != "person" or spelled not in plain:
                    plain[spelled] = len(conditions) - 1
    for entries in framed.values():
        entries.sort(key=lambda entry: not any(kind in (0, 1) for kind, _ in conditions[entry]))
    both = {words: framed.get(words, []) + ([plain[words]] if words in plain else []) for words in framed | plain}
    return PlainNames(both, conditions)


def plain_terms(terms):
    keys = sorted(dict.fromkeys(term.key() for term in terms), key=lambda key: -key[1])
    phrases = {}
    for number, (words, cased) in enumerate(keys):
        for form in dict.fromkeys(term_forms(words, cased)):
            phrases.setdefault(form, []).append(number)
    return PlainTerms(phrases, [cased for _, cased in keys])


PHRASES = Phrases(compile_lexicon(ENTRIES), *compile_actors(ACTORS), compile_terms(TERMS))
LEXICON, GAZETTEER, TOPIC_TERMS = plain_lexicon(ENTRIES), plain_names(ACTORS), plain_terms(TERMS)


def listed_words():
    """Return the words of the names as they stand, and those of lexicon and terms in lower case."""
    of_lexicon = [*LEXICON.names.phrases, *(rest for listed in LEXICON.split.values() for _, rest in listed)]
    conditions = [words for row in LEXICON.names.conditions for _, words in row]
    function = [NEGATORS, SUBORDINATORS, BUTS, DETERMINERS, FUNCTION_WORDS, POSSESSIVES]
    function += [pair.split() for pair in (*NEGATING_PAIRS, *SUBORDINATING_PAIRS)]
    lower = {word for words in (*of_lexicon, *conditions, *function, *TOPIC_TERMS.phrases) for word in words}
    names = [*GAZETTEER.phrases, *(words for row in GAZETTEER.conditions for _, words in row)]
    return {word for words in names for word in words}, lower


CASED, LOWER = listed_words()

function_words = [
    *NEGATORS,
    *SUBORDINATORS,
    *BUTS,
    *DETERMINERS,
    *FUNCTION_WORDS,
    *NEGATING_PAIRS,
    *SUBORDINATING_PAIRS,
]
forms = sorted({" ".join(words) for words in LEXICON.names.phrases})
extra_forms = sorted({" ".join(form) for entry in EXTRA for form in entry_forms(entry)})
frame_words = sorted(
    {word for rows in (LEXICON.names.conditions, GAZETTEER.conditions) for row in rows for _, s in row for word in s}
)
names = sorted({" ".join(words) for words in GAZETTEER.phrases})
own_names = [name for actor in NAMES for name, _ in actor.names()] + ["Atlanta", "GEORGIA"]
words = st.one_of(
    *(st.sampled_from(listed) for listed in (forms, extra_forms, function_words, frame_words, names, own_names)),
    st.sampled_from(
        [
            "the strike",
            "off",
            "off the talks",
            "deal",
            "talks",
            "their",
            "U.S.",
            "J.",
            "won",
            "Won’t",
            "n't",
            "Russia's",
        ]
    ),
)
# few words, so that those that have to do with each other meet
NEAR = """
    call called calls off off the talks talk table return returned fire sent strike struck strikes deal deals withdraw its
    their envoy NATO troops neutral not without won't but however despite which even as rather than refused to China Georgia
    Atlanta
    Alabama Chinese North Atlantic South Sea agreed new some x y would said tables New START start north sea seas
""".split()
gaps = st.sampled_from(
    [" "] * 40
    + [", ", ". ", "; ", ' "', '" ', " “", "” ", " - ", " -- ", "-", " (", ") ", "'s ", "’s ", "' ", "\n", "!", "…", ""]
)
pairs = st.one_of(
    st.lists(st.tuples(words, gaps), max_size=16),
    *[st.lists(st.tuples(st.sampled_from(NEAR), gaps), min_size=size, max_size=3 * size) for size in (4, 8)],
)
news = pairs.map(lambda listed: "".join(word + gap for word, gap in listed))
hostile = st.text("aNnTt'’.,\"“”- İiΣß1_\x00\ud800é", max_size=40)
any_text = st.one_of(news, news, news, news.map(str.upper), st.text(max_size=40), hostile)
batches = st.lists(any_text, min_size=2, max_size=8)


def read(texts):
    codes = encoded("".join(texts))
    offsets = np.concatenate([[0], np.cumsum([len(text) for text in texts])])
    tokens = new_tokens(len(texts), len(codes))
    read_tokens(codes, offsets, letters(True, CODE_POINTS), tokens)
    return tokens


def hashes(text, lower):
    out = np.zeros(1, np.uint64)
    hash_words(encoded(text), np.asarray([0, len(text)]), letters(True, CODE_POINTS), lower, out)
    return int(out[0])


@exhaustive
@given(batches)
def test_tokens_equal_the_twin(texts):
    found = read(texts)
    start = 0
    for text, stop in zip(texts, found.stop.tolist(), strict=True):
        expected = tokens_reference(text)
        part = slice(start, stop)
        assert [
            (MARKS[-m], b, e) for m, b, e in zip(found.mark[part], found.begin[part], found.end[part], strict=True)
        ] == [(token.kind, token.begin, token.end) for token in expected]
        for k, token in enumerate(expected, start):
            if token.kind == "word":
                assert found.cased[k] == hashes(token.text, False)
                assert found.lower[k] == hashes(lower_reference(token.text), True)
        start = stop


@exhaustive
@given(batches)
def test_mentions_hits_and_cues_equal_the_twin(texts):
    assert_equal_to_the_twin(texts)


@pytest.mark.parametrize(
    "texts",
    [
        [
            "Georgia x y z Atlanta",
            "Georgia x y z x Atlanta",
            "Georgia. Atlanta",
            "Atlanta, Georgia",
            "Atlanta x y z x Georgia",
        ],
        ["the strike", "they strike", "a strike deal", "new strikes", "a neutral neutral", "the raid", "they raid"],
        [
            "call off x off",
            "call x off",
            "call off",
            "call a b c d off",
            "call a b c d e off",
            "call a, off",
            "call x. off",
        ],
        [
            "called the strike off the talks",
            "call x off the",
            "call x off China talks",
            "call China off",
            "call the South China Sea off",
        ],
        [
            "return x y z x to the talks",
            "return a b c d e talks",
            "return; talks",
            "sent to return to talks",
            "return fire",
        ],
        [
            "not x y z strike",
            "not x y z x strike",
            "refused to x y strike",
            "refused to x y z strike",
            "refused to strike",
            "not. strike",
        ],
        [
            "Despite a strike, a strike but a strike",
            "even as they strike",
            "even, as they strike",
            "but which strike. They strike",
        ],
        ['"Strike" strike “strike" strike” strike', "“strike “strike” strike", "(strike) – strike -- strike"],
    ],
)
def test_hard_places_equal_the_twin(texts):
    assert_equal_to_the_twin(texts)


def assert_equal_to_the_twin(texts):
    for start, stop, found in PHRASES.scan(texts):
        cues = PHRASES.count(found)
        ends = [
            np.concatenate([[0], e]) for e in (found.stop, found.hit_stop, found.said_stop, cues.ends, found.term_stop)
        ]
        for row, text in enumerate(texts[start:stop]):
            names, hits, said, counted, told = (slice(e[row], e[row + 1]) for e in ends)
            tokens = tokens_reference(text)
            mentions = mentions_reference(GAZETTEER, tokens)
            spans = [(entry, tokens[begin].begin, tokens[end - 1].end) for entry, begin, end in mentions]
            assert list(zip(found.entry[names], found.begin[names], found.end[names], strict=True)) == spans
            terms = zip(found.term[told], found.term_begin[told], found.term_end[told], strict=True)
            assert list(terms) == terms_reference(TOPIC_TERMS, tokens)
            spoken = [token.text for token in tokens if token.kind == "word"]
            known = [w in CASED or lower_reference(w) in LOWER for w in spoken]
            assert (found.words[row], found.known[row]) == (len(spoken), sum(known))
            left = hidden_reference(LEXICON, tokens, mentions)
            expected = hits_reference(LEXICON, left)
            columns = [
                getattr(found, "hit" if name == "entry" else f"hit_{name}")[hits].tolist() for name in Hit._fields
            ]
            assert list(zip(*columns, strict=True)) == [tuple(hit) for hit in expected]
            spoken = [FUNCTION_WORDS.index(token.text) for token in left if token.text in FUNCTION_WORDS]
            assert found.said[said].tolist() == spoken
            table = cue_table(cues_reference(LEXICON, expected, spoken))
            assert dict(zip(cues.columns[counted].tolist(), cues.values[counted].tolist(), strict=True)) == table
            assert (np.diff(cues.columns[counted]) > 0).all()


def cue_table(cues):
    return {
        getattr(CUES, name) + int(np.ravel_multi_index(place, SHAPES[name])): count
        for (name, *place), count in cues.items()
    }


@pytest.mark.parametrize("word", ["Talks", "ΟΔΟΣ", "İzmir", "won't", "Ünïcode", "\ud800", "東京"])
def test_words_hash_alike_in_a_list_and_in_text(word):
    found = read([f" {word} "])
    if lower_reference(word) != word or word.isalpha() or "'" in word:
        assert found.lower[0] == hashes(word, True)
        assert found.cased[0] == hashes(word, False)
    else:
        assert found.stop[0] == 0  # a lone surrogate is no word


def test_tokens_without_any_words():
    for text in ("", "\x00", "\ud800", "'s", "...", "--", " \n"):
        assert [token.kind for token in tokens_reference(text)] == [
            MARKS[-m] for m in read([text]).mark[: read([text]).stop[0]]
        ]


@pytest.mark.parametrize("unit", ["a", "é", "\ud800", "\x00", "İ", "'", ".", '"', "-", "won't"])
def test_long_text_without_a_space(unit):
    text = unit * (10_000 if WITHOUT_JIT else 1_000_000 // len(unit))
    ((start, stop, found),) = PHRASES.scan([text])
    assert (start, stop) == (0, 1)
    assert found.hit_stop[0] == found.stop[0] == 0
    assert PHRASES.count(found).columns.tolist() == [CUES.none, CUES.strong]


def test_room_is_enough_for_nothing_but_names_and_hits():
    for word, of in (("China", "stop"), ("strike", "hit_stop"), ("not", "said_stop")):
        text = " ".join([word] * 50)
        ((_, _, found),) = PHRASES.scan([text] * 3)
        assert getattr(found, of).tolist() == [50, 100, 150]
        assert len(found.entry) == len(found.said) == len(found.hit) == (3 * len(text) + 3) // 2
    assert len(new_found(2, 1).hit) == 1


@pytest.mark.parametrize(
    "texts", [[], [""], [""] * 9000, ["China met."] * 9000, ["a" * 200_000, "China", "b" * 200_000]]
)
def test_chunks_cover_all_rows(texts):
    bounds = [(start, stop) for start, stop, found in PHRASES.scan(texts) if len(found.stop) == stop - start]
    assert [row for start, stop in bounds for row in range(start, stop)] == list(range(len(texts)))


def test_a_full_stop_ends_the_reach_of_a_negation():
    def negated(text):
        ((_, _, found),) = PHRASES.scan([text])
        return found.hit_negated[: found.hit_stop[0]].tolist()

    assert negated("They did not strike the town") == [1]
    assert negated("They did not; strike the town") == [0]
    assert negated("They won strike rights") == [0]
    assert negated("They won't strike the town") == negated("They WON’T strike the town") == [1]


rows_of = st.lists(
    st.lists(st.tuples(st.integers(0, 5), st.integers(1, 6)), max_size=4, unique_by=lambda p: p[0]).map(sorted),
    min_size=1,
    max_size=5,
)


@exhaustive
@given(st.data(), rows_of)
def test_joined_rows_equal_dense_ones(data, grams):
    rows = len(grams)
    cues = data.draw(
        st.lists(
            st.lists(st.tuples(st.integers(0, 5), st.integers(1, 6)), max_size=3, unique_by=lambda p: p[0]).map(sorted),
            min_size=rows,
            max_size=rows,
        )
    )
    mentions, told = (
        data.draw(st.lists(st.lists(st.integers(0, 3), max_size=3), min_size=rows, max_size=rows)) for _ in range(2)
    )
    topics = np.asarray([[0, 1], [2, -1], [-1, -1], [1, 2]], np.int32)
    senses = np.asarray([[0, 1, -1], [2, 1, 3], [-1, -1, -1], [0, 3, 2]], np.int32)
    weights = np.sqrt(np.arange(4)) * 0.3
    expected = np.zeros((rows, 19))
    for row in range(rows):
        for column, value in grams[row]:
            expected[row, 6 + column] = value * 0.5
        for column, value in cues[row]:
            expected[row, column] = weights[min(3, value)]
        for entry in mentions[row]:
            expected[row, [12 + c for c in senses[entry] if c >= 0]] = 0.25
        for entry in told[row]:
            expected[row, [16 + c for c in topics[entry] if c >= 0]] = 0.75
    parts = [
        sparse(cues, np.int32, 0),
        sparse(grams, np.float64, 6),
        sparse([[(e, 1) for e in m] for m in mentions], np.int32, 12),
        sparse([[(e, 1) for e in t] for t in told], np.int32, 16),
    ]
    out = Rows(np.zeros(rows + 1, np.int32), np.empty(200, np.int32), np.empty(200), 0)
    marks, topic_marks = np.zeros(4, np.int32), np.zeros(3, np.int32)
    join_rows(*parts, (0.5, 0.25, 0.75), weights, senses, topics, marks, topic_marks, out)
    dense = np.zeros((rows, 19))
    for row in range(rows):
        part = slice(out.ends[row], out.ends[row + 1])
        dense[row, out.columns[part]] = out.values[part]
        assert (np.diff(out.columns[part]) > 0).all()
    np.testing.assert_array_equal(dense, expected)
    assert not marks.any()
    assert not topic_marks.any()


def sparse(rows, kind, first):
    flat = [pair for row in rows for pair in row]
    columns, values = np.asarray([p[0] for p in flat], np.int32), np.asarray([p[1] for p in flat], kind)
    return Rows(np.cumsum([len(row) for row in rows]), columns, values, first)


def test_a_table_counts_what_stands_twice():
    keys, values = np.zeros(8, np.uint64), np.zeros(8, np.int32)
    assert fill_table(np.asarray([3, 5, 3], np.uint64), np.asarray([1, 2, 3], np.int32), keys, values) == 1
    assert sorted(zip(keys.tolist(), values.tolist(), strict=True))[-2:] == [(3, 3), (5, 2)]


def test_an_empty_lexicon_and_gazetteer_find_nothing():
    nothing = Phrases(compile_lexicon([]), *compile_actors([]))
    ((_, _, found),) = nothing.scan(["Russia will not strike but talks."])
    assert (found.stop[0], found.hit_stop[0]) == (0, 0)
    assert found.said[: found.said_stop[0]].tolist() == [FUNCTION_WORDS.index(w) for w in ("will", "not", "but")]
    assert sum(int(np.prod(shape)) for shape in SHAPES.values()) == CUE_COLUMNS


ARRAYS = PHRASES.to_arrays()
DAMAGES = ("missing", "shorter", "longer", "float", "text", "flat", "value", "empty", "shuffled")


def damaged(array, damage, place, value):
    if damage in ("float", "text"):
        return array.astype(np.float64 if damage == "float" else "U8")
    if damage == "flat":
        return array.reshape(1, -1) if array.ndim == 1 else array.ravel()
    if damage == "value" and array.size:
        array = array.astype(np.int64 if array.dtype != np.uint64 else np.uint64)
        array.flat[place % array.size] = abs(value) if array.dtype == np.uint64 else value
        return array
    if damage == "shuffled":
        return np.random.default_rng(place).permutation(array)
    return {"shorter": array[:-1], "longer": np.concatenate([array, array[:1]])}.get(damage, array[:0])


@exhaustive
@given(
    st.sampled_from(sorted(ARRAYS)),
    st.sampled_from(DAMAGES),
    st.integers(0, 10**6),
    st.one_of(st.integers(-2, 40), st.sampled_from([2**31 - 1, 2**31, -(2**31), 2**40])),
)
def test_damaged_arrays_are_refused_or_harmless(name, damage, place, value):
    arrays = {key: array for key, array in ARRAYS.items() if key != name or damage != "missing"}
    if damage != "missing":
        arrays[name] = damaged(arrays[name], damage, place, value)
    try:
        phrases = Phrases.from_arrays(arrays)
    except InputError:
        return
    for _, _, found in phrases.scan([SAMPLE]):  # without numba, an index past the end raises here
        phrases.count(found)
        assert all(phrases.senses[entry].kind for entry in found.entry[: found.stop[-1]])


SAMPLE = " ".join([*forms[:: len(forms) // 80], *names[:: len(names) // 40], *extra_forms, *NEAR, *function_words])
