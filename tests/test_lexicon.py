"""The lexicon: what it holds, how it is read, and how its entries are found in text."""

import re

import numpy as np
import pytest

from nato_nlp.codebook import load_codebook
from nato_nlp.errors import InputError, MissingFileError
from nato_nlp.features.lexicon import (
    FIELDS,
    NO_ROOT,
    POS,
    QUADS,
    SAME,
    Entry,
    compile_lexicon,
    entry_forms,
    load_lexicon,
    merged,
)
from nato_nlp.features.phrasebook import phrase_words
from nato_nlp.features.phrases import CUE_COLUMNS, CUES, SHAPES, Phrases, compile_phrases, default_phrases

BOOK = load_codebook()
HEADER = "\t".join(FIELDS)


@pytest.fixture(scope="module")
def entries():
    return load_lexicon()


@pytest.fixture(scope="module")
def numbered(entries):
    return merged(entries)


def hits(text, phrases, numbered):
    """Give the hits of a text: entry, quad after negation, whether it is negated."""
    return [
        (numbered[scan.hit[k]].entry, list(BOOK.quads)[scan.hit_quad[k]], bool(scan.hit_negated[k]))
        for _, _, scan in phrases.scan([text])
        for k in range(scan.hit_stop[0])
    ]


@pytest.fixture
def find(numbered):
    return lambda text: hits(text, default_phrases(), numbered)


def own(*rows):
    """Compile a lexicon of a few rows and return what finds its hits."""
    entries = merged(Entry(*row[:-1], row[-1] == "1") for row in (row.split(";") for row in rows))
    phrases = Phrases(compile_lexicon(entries), default_phrases().names, default_phrases().senses)
    return lambda text: hits(text, phrases, entries)


def test_size_and_reach(entries):
    assert len({(phrase_words(e.entry), e.pos, e.frame) for e in entries}) >= 4000
    assert {e.pos for e in entries} == set(POS)
    roots = {root for quad in BOOK.quads for root in BOOK.roots[quad]}
    counts = {root: sum(e.root == root for e in entries) for root in roots}
    assert min(counts.values()) >= 100, counts
    assert {e.quad for e in entries} == set(BOOK.quads)
    assert all((e.root == "") == (e.quad == "neutral") for e in entries)
    assert sum(e.weak for e in entries) >= 100
    assert sum(bool(e.frame) for e in entries) >= 100


def test_numbers_fit_the_codebook():
    assert len(BOOK.quads) == QUADS
    assert sum(len(roots) for roots in BOOK.roots.values()) == NO_ROOT
    assert SAME >= QUADS


def test_every_entry_is_found_in_its_base_form(entries):
    texts = [entry.entry for entry in entries]
    for start, stop, scan in default_phrases().scan(texts):
        found = scan.hit_stop[: stop - start] > 0
        plain = [k for k in range(start, stop) if not entries[k].frame and not found[k - start]]
        # a name within a phrase is hidden before the lexicon is looked at
        names = [k - start for k in plain if scan.stop[k - start] > (scan.stop[k - start - 1] if k > start else 0)]
        assert len(plain) == len(names), [texts[k] for k in plain if k - start not in names]


def test_forms():
    def forms(entry, pos):
        return {" ".join(form) for form in entry_forms(Entry(entry, pos, "neutral", "", "", "", False))}

    assert forms("call off", "p") == {"call off", "calls off", "called off", "calling off"}
    assert forms("head of state", "n") == {"head of state", "heads of state"}
    assert forms("defence pact", "n") == {"defence pact", "defence pacts", "defense pact", "defense pacts"}
    assert forms("normalise", "v") >= {"normalised", "normalizing", "normalize", "normalises"}
    assert forms("in defence of", "x") == {"in defence of", "in defense of"}
    assert forms("at daggers drawn", "a") == {"at daggers drawn"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Unions called the strike off.", ("call off", "material_cooperation", False)),
        ("The strike was called off.", ("call off", "material_cooperation", False)),
        ("Talks were broken off.", ("break off", "material_dispute", False)),
        ("The two sides agreed to return to talks.", ("return to talks", "verbal_cooperation", False)),
        ("Troops returned fire.", ("return fire", "material_dispute", False)),
        ("The minister did not object to it.", ("object to", "verbal_cooperation", True)),
        ("The minister did object to it.", ("object to", "verbal_dispute", False)),
        ("The envoy won't attend the talks.", ("attend", "verbal_dispute", True)),
        ("The envoy cannot attend the talks.", ("attend", "verbal_dispute", True)),
        ("The envoy refused to rule out force.", ("refuse to rule out", "verbal_dispute", False)),
        ("The two normalized ties.", ("normalise", "verbal_cooperation", False)),
        ("The two normalised ties.", ("normalise", "verbal_cooperation", False)),
        ("CRITICS CONDEMNED THE PLAN", ("condemn", "verbal_dispute", False)),
        ("The court acquitted the spy.", ("acquit", "material_cooperation", False)),
    ],
)
def test_what_is_found(find, text, expected):
    assert expected in find(text)


def test_what_is_not_found(find):
    assert find("") == find("The treaty has nine articles on tea.") == []
    assert not any(negated for *_, negated in find("They won the right to attend the talks."))
    assert not any(negated for *_, negated in find("The answer was no; troops attacked the town."))
    assert "return fire" not in [entry for entry, *_ in find("They agreed to return to talks.")]


def test_clauses_and_negation_have_cues_of_their_own():
    def cues(text):
        ((_, _, scan),) = default_phrases().scan([text])
        row = np.zeros(CUE_COLUMNS, int)
        counted = default_phrases().count(scan)
        row[counted.columns] = counted.values
        return {
            name: row[first:][: np.prod(shape)].reshape(shape)
            for (name, shape), first in zip(SHAPES.items(), CUES, strict=True)
        }

    cooperation, dispute = list(BOOK.quads).index("verbal_cooperation"), list(BOOK.quads).index("verbal_dispute")
    clause = cues("Despite the threats, the two states signed the accord.")["quad_clause"]
    assert clause[:, dispute, 1].any()
    assert clause[:, cooperation, 0].any()
    assert cues("They met, but Oslo condemned it.")["quad_clause"][:, dispute, 2].any()
    assert cues("They met, but Oslo condemned it.")["first_but"][dispute] == 1
    assert cues("Oslo condemned the raid.")["negated"].sum() == 0
    assert cues("Oslo did not condemn the raid.")["negated"][dispute] == 1
    assert cues("Oslo did not condemn it.")["quad"][:, dispute].sum() == 0
    assert cues('Oslo "condemned" the raid.')["quoted"][dispute] == 1


def test_weak_entries_are_marked(find, numbered):
    weak = {entry.entry for entry in numbered if entry.weak and not entry.frame}
    assert weak >= {"back", "deal"}
    assert "back" in [entry for entry, *_ in find("He sat in the back.")]


def test_strong_entries_go_before_weak_ones():
    find = own("press;v;verbal_cooperation;SUPPORT;;neutral;1", "press;a;verbal_dispute;REQUEST;;neutral;0")
    assert find("they press on") == [("press", "verbal_dispute", False)]


def test_conditions_go_before_none_and_longer_phrases_before_both():
    find = own(
        "return;v;verbal_dispute;REJECT;;;0",
        "return;v;verbal_cooperation;CONSULT;after:talk|table;verbal_dispute;0",
        "return fire;v;material_dispute;ASSAULT;;neutral;0",
        "return;n;material_cooperation;YIELD;before:hostage notafter:never;neutral;0",
    )
    assert find("they returned to the talks") == [("return", "verbal_cooperation", False)]
    assert find("they returned the fee. Talks") == [("return", "verbal_dispute", False)]
    assert find("they never returned to the tables") == [("return", "verbal_dispute", True)]
    assert find("they returned fire at the table") == [("return fire", "material_dispute", False)]
    assert find("hostages made their return") == [("return", "material_cooperation", False)]
    assert find("hostages return or never") == [("return", "verbal_dispute", False)]


def test_nouns_follow_determiners():
    find = own("raid;v;material_dispute;ASSAULT;;neutral;0", "raid;n;material_dispute;COERCE;;verbal_cooperation;0")
    assert find("no raid")[0][1] == "neutral"
    assert find("not a raid")[0][1] == "verbal_cooperation"


def test_negation_that_changes_nothing():
    assert own("snub;v;verbal_dispute;REJECT;;;0")("they did not snub it") == [("snub", "verbal_dispute", False)]


def test_possessives_are_one():
    find = own("withdraw its envoy;v;material_dispute;SANCTION;;neutral;0")
    assert len(find("we withdrew our envoy, they withdrew their envoy, it withdraws its envoy")) == 3


def test_conditions_may_have_capitals():
    assert own("meet;v;verbal_cooperation;CONSULT;after:NATO|nato;neutral;0")("they met nato") != []


def written(tmp_path, *lines):
    path = tmp_path / "lexicon.tsv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_own_entries_are_added_and_replace(tmp_path):
    path = written(
        tmp_path,
        HEADER,
        "condemn\tv\tverbal_cooperation\tSUPPORT\t\tverbal_dispute\t0",
        "cease fire at once\tx\tmaterial_cooperation\tYIELD\t\t\t0",
        "",
        "zorble\tv\tmaterial_dispute\tASSAULT\t\tneutral\t0",
    )
    numbered = merged(load_lexicon() + load_lexicon(path))
    phrases = compile_phrases(lexicon=path)
    assert ("condemn", "verbal_cooperation", False) in hits("Envoys condemned the plan.", phrases, numbered)
    assert hits("They zorbled it.", phrases, numbered) == [("zorble", "material_dispute", False)]
    assert hits("They cease-fire at once.", phrases, numbered) == [
        ("cease fire at once", "material_cooperation", False)
    ]
    assert ("object to", "verbal_dispute", False) in hits("They object to it.", phrases, numbered)


QUADS_LISTED = ", ".join(map(repr, BOOK.quads))
ROOTS_LISTED = ", ".join(map(repr, BOOK.roots["verbal_dispute"]))


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("accuse\tv\tverbal_dispute", "line 3 must have 7 fields separated by tabs, got 3"),
        (
            "accuse\tq\tverbal_dispute\tACCUSE\t\t\t0",
            "line 3, pos must be one of 'v', 'p', 'n', 'a', 'x', got 'q'",
        ),
        ("accuse\tv\tdispute\tACCUSE\t\t\t0", f"line 3, quad must be one of {QUADS_LISTED}, got 'dispute'"),
        (
            "accuse\tv\tverbal_dispute\tAGREE\t\t\t0",
            f"line 3, root of verbal_dispute must be one of {ROOTS_LISTED}, got 'AGREE'",
        ),
        ("accuse\tv\tneutral\tACCUSE\t\t\t0", "line 3, root of neutral must be one of '', got 'ACCUSE'"),
        ("accuse\tv\tverbal_dispute\tACCUSE\t\tno\t0", f"line 3, negated must be one of {QUADS_LISTED}, '', got 'no'"),
        ("accuse\tv\tverbal_dispute\tACCUSE\t\t\tyes", "line 3, weak must be one of '0', '1', got 'yes'"),
        (
            "accuse\tv\tverbal_dispute\tACCUSE\tnear:talks\t\t0",
            "line 3, condition must be like after:talks|table (or before, notafter, notbefore), got 'near:talks'",
        ),
        (
            "accuse\tv\tverbal_dispute\tACCUSE\tafter:|\t\t0",
            "line 3, condition must be like after:talks|table (or before, notafter, notbefore), got 'after:|'",
        ),
        (
            "accuse\tv\tverbal_dispute\tACCUSE\tafter:-\t\t0",
            "line 3, condition must be like after:talks|table (or before, notafter, notbefore), got 'after:-'",
        ),
        ("Accuse\tv\tverbal_dispute\tACCUSE\t\t\t0", "line 3, entry must be lower-case words, got 'Accuse'"),
        ("--\tv\tverbal_dispute\tACCUSE\t\t\t0", "line 3, entry must be lower-case words, got '--'"),
    ],
)
def test_wrong_rows_are_named(tmp_path, row, message):
    path = written(tmp_path, HEADER, "praise\tv\tverbal_cooperation\tSUPPORT\t\t\t0", row)
    with pytest.raises(InputError, match=f"^{re.escape(f'{path}, {message}')}$"):
        load_lexicon(path)


@pytest.mark.parametrize("header", ["entry\tpos", ""])
def test_another_header_is_refused(tmp_path, header):
    path = written(tmp_path, header)
    shown = repr(header.replace("\t", " "))
    message = f"{path}, header must be {' '.join(FIELDS)}, got {shown}"
    with pytest.raises(InputError, match=f"^{re.escape(message)}$"):
        load_lexicon(path)


def test_a_missing_file_and_another_encoding(tmp_path):
    path = tmp_path / "lexicon.tsv"
    with pytest.raises(MissingFileError, match=f"^{re.escape(f'{path} is not there: expected a lexicon')}$"):
        load_lexicon(path)
    path.write_bytes(HEADER.encode() + b"\naccus\xe9\t")
    message = f"{path} must be UTF-8, got another encoding at byte {len(HEADER) + 6}"
    with pytest.raises(InputError, match=f"^{re.escape(message)}$"):
        load_lexicon(path)


def test_byte_order_mark_and_windows_line_ends(tmp_path):
    path = tmp_path / "lexicon.tsv"
    path.write_bytes(b"\xef\xbb\xbf" + (HEADER + "\r\nzorble\tv\tneutral\t\t\t\t1\r\n").encode())
    assert load_lexicon(path) == [Entry("zorble", "v", "neutral", "", "", "", True)]
