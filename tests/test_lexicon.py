"""The lexicon: inflection, what loads, and what a hit is in a sentence."""

import numpy as np
import pytest

from nato_nlp import InputError, load_codebook
from nato_nlp.errors import MissingFileError
from nato_nlp.features.inflection import noun_forms, spellings, verb_forms
from nato_nlp.features.lexicon import Entry, compile_lexicon, entry_forms, load_lexicon
from nato_nlp.features.news import NewsFeatures
from nato_nlp.features.ngram_tfidf import NgramTfidf
from nato_nlp.features.phrases import CUES, SHAPES, default_phrases

HEADER = "entry\tpos\tquad\troot\tframe\tnegated\tweak\n"

VERBS = [
    ("deny", {"deny", "denies", "denied", "denying"}),
    ("ban", {"ban", "bans", "banned", "banning"}),
    ("withdraw", {"withdraw", "withdraws", "withdrew", "withdrawn", "withdrawing"}),
    ("veto", {"veto", "vetoes", "vetoed", "vetoing"}),
    ("impose", {"impose", "imposes", "imposed", "imposing"}),
    ("meet", {"meet", "meets", "met", "meeting"}),
    ("commit", {"commit", "commits", "committed", "committing"}),
]


@pytest.mark.parametrize(("base", "expected"), VERBS)
def test_verbs(base, expected):
    assert set(verb_forms(base)) >= expected


@pytest.mark.parametrize(
    ("base", "expected"), [("embassy", "embassies"), ("crisis", "crises"), ("clash", "clashes"), ("man", "men")]
)
def test_nouns(base, expected):
    assert expected in noun_forms(base)


def test_spellings():
    assert set(spellings("normalise")) >= {"normalise", "normalize"}
    assert set(spellings("favour")) >= {"favour", "favor"}
    assert "for" not in spellings("four")
    assert "our" not in spellings("or")


def test_the_lexicon_covers_every_root():
    entries = load_lexicon()
    assert len(entries) >= 4000
    for quad, roots in load_codebook().roots.items():
        for root in roots:
            assert sum(e.root == root and e.quad == quad for e in entries) >= 100, root


BAD = [
    ("entry\tpos\n", "header must be"),
    (HEADER + "hug\tv\n", "line 2 must have 7 fields separated by tabs, got 2"),
    (HEADER + "hug\tz\tneutral\t\t\t\t0\n", "line 2, pos must be one of"),
    (HEADER + "hug\tv\tpraise\t\t\t\t0\n", "line 2, quad must be one of"),
    (HEADER + "hug\tv\tneutral\tAID\t\t\t0\n", "line 2, root of neutral must be one of ''"),
    (HEADER + "hug\tv\tneutral\t\t\tmaybe\t0\n", "line 2, negated must be one of"),
    (HEADER + "hug\tv\tneutral\t\t\t\t2\n", "line 2, weak must be one of '0', '1', got '2'"),
    (HEADER + "hug\tv\tneutral\t\tnear:x\t\t0\n", "line 2, condition must be like after:talks|table"),
    (HEADER + "Hug\tv\tneutral\t\t\t\t0\n", "line 2, entry must be lower-case words, got 'Hug'"),
]


@pytest.mark.parametrize(("content", "expected"), BAD)
def test_refuses_bad_files(tmp_path, content, expected):
    path = tmp_path / "bad.tsv"
    path.write_text(content)
    with pytest.raises(InputError) as caught:
        load_lexicon(path)
    assert str(caught.value).startswith(f"{path}")
    assert expected in str(caught.value)


def test_a_missing_file(tmp_path):
    with pytest.raises(MissingFileError, match="is not there: expected a lexicon$"):
        load_lexicon(tmp_path / "none.tsv")


def test_forms_of_a_noun_phrase_and_a_verb_phrase():
    noun = Entry("withdrawal of troops", "n", "material_cooperation", "YIELD", "", "", False)
    assert ("withdrawals", "of", "troops") in set(entry_forms(noun))
    verb = Entry("pull out of", "v", "material_cooperation", "YIELD", "", "", False)
    assert ("pulled", "out", "of") in set(entry_forms(verb))


def cues(text):
    """Count the cues of one sentence by kind."""
    features = NewsFeatures(ngrams=NgramTfidf(char=None)).fit([text, "Envoys met."])
    row = features.transform([text]).toarray()[0]
    first = features.ngrams_.columns_
    found = row[first : first + sum(int(np.prod(shape)) for shape in SHAPES.values())] > 0
    return {
        name: found[start : start + int(np.prod(SHAPES[name]))].reshape(SHAPES[name])
        for name, start in zip(CUES._fields, CUES, strict=True)
    }


VC, MC, VD, MD, N = range(5)


def quads_of(text):
    return {int(quad) for quad in np.nonzero(cues(text)["quad"].any(axis=0))[0]}


def test_a_split_phrasal_verb_is_found():
    assert quads_of("They called the whole visit off.") == quads_of("They called off the whole visit.")


def test_negation_turns_an_act_around():
    assert cues("Oslo condemned the raid.")["negated"].sum() == 0
    found = cues("Oslo did not condemn the raid.")
    assert found["negated"][VD]
    assert VD not in quads_of("Oslo did not condemn it.")


def test_conditions_tell_senses_apart():
    assert quads_of("They will return to the negotiating table.") <= {VC, MC, N}
    assert MD in quads_of("They returned fire at the border.")


def test_clauses_are_told_apart():
    clause = cues("Despite the threats, the two states signed the accord.")["quad_clause"]
    assert clause[:, :, 1].any()
    assert clause[:, VC, 0].any()
    behind = cues("They met, but Oslo condemned it.")["quad_clause"]
    assert behind[:, VD, 2].any()


def test_names_are_no_hits():
    text = "The Contact Group said nothing."
    assert not cues(text)["quad"].any()
    assert any(sense.kind == "organisation" for sense in default_phrases().senses)


def test_an_entry_of_ones_own_replaces_one_that_is_there():
    old = Entry("frobnicate", "v", "neutral", "", "", "", False)
    new = Entry("frobnicate", "v", "material_dispute", "ASSAULT", "", "", False)
    assert compile_lexicon([old, new]).entries[:, 0].tolist() == [load_codebook().quads.index("material_dispute")]
