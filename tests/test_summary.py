"""Summaries: shares with intervals by document, topics, dyads, months, the sentences behind them, and their views."""

import csv
import io
import json
import sys
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from helpers import made_tags
from hypothesis import given
from hypothesis import strategies as st

from nato_nlp import Tags, load_codebook
from nato_nlp.cli import summarizing
from nato_nlp.errors import InputError, MissingExtraError
from nato_nlp.evaluation import bootstrap
from nato_nlp.scale.grouped import SHOWN_CHARACTERS, Carriers, GroupedCounts, hash_of, month_of
from nato_nlp.scale.summary import Counting, summarize
from nato_nlp.scale.summary_plots import data_uri, draw
from nato_nlp.scale.summary_views import print_text, to_html, to_markdown, views

BOOK = load_codebook()
UNCORRECTED = "Counts are not corrected for tagging error: wrong tags shift every share, and no interval includes that."
NO_ACTS = "No act between two actors was found, or the model does not tell who acts towards whom."


class WithActs(Tags):
    """Tags whose sentences have the acts that ``meta`` lists: for each sentence, (source, target, quad, probability)."""

    def _sentence(self, k):
        return SimpleNamespace(dyads=tuple(act(*given) for given in self.meta["acts"][k]))


def act(source, target, quad, probability=0.5):
    stance = BOOK.stance_of[quad]
    return SimpleNamespace(source=source, target=target, stance=stance, quad=quad, stance_proba={stance: probability})


def tags_of(quads, *, doc="a", probability=0.75, topics=(), texts=None, kind=Tags, **meta):
    """Give tags of sentences with these quads; ``topics`` lists the places of the sentences that have the one topic."""
    codes = np.array([BOOK.quads.index(quad) for quad in quads], np.int64)
    quad_proba = np.full((len(quads), len(BOOK.quads)), (1 - probability) / (len(BOOK.quads) - 1))
    quad_proba[np.arange(len(quads)), codes] = probability
    stances = np.array([BOOK.stances.index(BOOK.stance_of[quad]) for quad in quads], np.int64)
    stance_proba = np.column_stack([quad_proba[:, :2].sum(axis=1), quad_proba[:, 2:4].sum(axis=1), quad_proba[:, 4]])
    has_topic = np.isin(np.arange(len(quads)), topics)[:, None]
    texts = [f"Sentence {k} of {doc}." for k in range(len(quads))] if texts is None else list(texts)
    ends = np.cumsum([len(text) for text in texts])
    return kind(
        texts, np.column_stack([ends - [len(text) for text in texts], ends]), np.zeros(len(quads), bool), stances,
        codes, stance_proba, quad_proba, np.where(has_topic, 0.9, 0.1), has_topic, ("energy",),
        {"doc": doc, "date": None, **meta},
    )  # fmt: skip


SENT, SHELLED, MET, SAID = "material_cooperation", "material_dispute", "verbal_cooperation", "neutral"
DOCUMENTS = [
    tags_of([MET, SHELLED, SAID], doc="a", topics=[0], date="2001-02-03"),
    tags_of([SHELLED, SHELLED], doc="b", topics=[0, 1], date="2001-02-28"),
    tags_of([SENT], doc="c", date="5 March 2002"),
    tags_of([SAID, MET, MET, SAID], doc="d"),
]


def summary_of(documents=DOCUMENTS, **options):
    return summarize(iter(documents), **options)


def plain(e):
    return e.value, e.low, e.high


# counts and shares


def test_shares_are_of_sentences_and_sum_to_one():
    shares = summary_of().whole.shares
    assert {label: e.value for label, e in shares.items()} == {
        "cooperation": 0.4,
        "dispute": 0.3,
        "neutral": 0.3,
        "verbal_cooperation": 0.3,
        "material_cooperation": 0.1,
        "verbal_dispute": 0.0,
        "material_dispute": 0.3,
    }
    assert {(e.count, e.groups) for e in shares.values()} == {(10, 4)}


def test_intervals_are_those_of_the_bootstrap_over_documents():
    rows = [[2 * (k < n), 2] for n in (3, 0, 5, 6, 1, 4) for k in range(6)]
    groups = [g for g in range(6) for _ in range(6)]
    said = {3: 3, 0: 0, 5: 5, 6: 6, 1: 1, 4: 4}
    documents = [tags_of([SHELLED] * n + [SAID] * (6 - n), doc=f"d{n}") for n in said]
    expected = bootstrap(rows, lambda sums: sums[..., 0] / sums[..., 1], groups=groups)
    found = summary_of(documents).whole.shares["dispute"]
    assert found.value == expected.value == pytest.approx(19 / 36)
    # the groups are drawn in another order, so the resamples differ
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=0.03)
    assert found.low < found.value < found.high


def test_boilerplate_is_left_out_and_told():
    documents = [made_tags(doc=f"d{k}") for k in range(3)]
    summary = summary_of(documents)
    assert summary.whole.count == 6
    assert summary.boilerplate == 3
    assert summary.notes[:2] == [UNCORRECTED, "Site furniture (boilerplate) is left out: 3 of 9 sentences."]
    assert not any("©" in c.text for found in summary.labels.values() for c in found)


def test_sentences_without_a_decision_are_left_out_and_told():
    unsure = tags_of([MET, SHELLED, SAID], doc="b")
    unsure = replace(unsure, quads=np.array([0, -1, -1]), stances=np.array([0, -1, -1]))
    summary = summary_of([tags_of([SHELLED]), unsure])
    assert (summary.whole.count, summary.undecided) == (2, 2)
    assert "The tagger was too unsure of 2 sentences: they are left out." in summary.notes


@pytest.mark.parametrize(
    ("documents", "number"),
    [([], 0), ([tags_of([])], 1), ([made_tags(quads=False, doc="a"), made_tags(quads=False, doc="b")], 2)],
)
def test_nothing_to_summarize(documents, number):
    with pytest.raises(InputError) as error:
        summary_of(documents)
    assert str(error.value) == (
        "the texts must hold at least one sentence that has a stance and is no site furniture, "
        f"got none in {number} document{'' if number == 1 else 's'}"
    )


def test_one_document_has_no_interval():
    summary = summary_of([tags_of([MET, SHELLED, SHELLED, SAID])])
    assert all(np.isnan(e.low) and np.isnan(e.high) for e in summary.whole.shares.values())
    assert "All sentences come from one document: an interval can't be given." in summary.notes
    assert views(summary)[0].rows[1] == ["dispute", "0.500", "none", "2"]
    assert views(summary)[0].title == "Stances and quads: 4 sentences of 1 document"
    assert not any("Intervals" in note for note in summary.notes)


def test_a_share_on_which_all_resamples_agree_has_no_interval():
    shares = summary_of([tags_of([MET, SHELLED], doc=f"d{k}") for k in range(30)]).whole.shares
    assert all(np.isnan(e.low) and np.isnan(e.high) for e in shares.values())
    assert (shares["dispute"].value, shares["verbal_dispute"].value, shares["dispute"].groups) == (0.5, 0.0, 30)


def test_parts_of_one_document_are_one_group():
    first = tags_of([MET] * 3, doc="a")
    rest = replace(tags_of([SHELLED] * 2, doc="a"), first_index=3)
    summary = summary_of([first, rest, tags_of([SAID], doc="b")])
    assert (summary.documents, summary.whole.documents) == (2, 2)
    assert summary.whole.shares["dispute"].groups == 2
    assert [c.index for c in summary.labels["dispute"]] == [3, 4]


def test_documents_without_a_name_stand_each_by_itself():
    documents = [tags_of([quad], doc=None) for quad in (MET, SHELLED, MET)]
    assert summary_of(documents).whole.shares["dispute"].groups == 3


@given(st.permutations(range(12)), st.sampled_from([10_000, 40]))
def test_the_order_of_documents_changes_nothing(order, most):
    documents = [
        tags_of(
            [BOOK.quads[(k * j) % 5] for j in range(1 + k % 4)], doc=f"d{k}", topics=[k % 2], date=f"2001-0{1 + k % 3}"
        )
        for k in range(12)
    ]
    results = []
    for chosen in (range(12), order):
        counting = Counting(most)
        for k in chosen:
            counting.add(documents[k])
        results.append(counting.result().to_dict())
    assert results[0] == results[1]


# counts by groups of documents


def test_a_table_that_grows_counts_by_groups_and_loses_nothing():
    counts = GroupedCounts(most=1000)
    one = np.array([1, 0, 2])
    for k in range(20_000):
        counts.add((f"key {k % 3}",), hash_of(f"document {k}"), one)
    rows = [counts.rows((f"key {k}",)) for k in range(3)]
    assert sum(map(len, rows)) <= 1000
    assert all(len(r) > 200 for r in rows)
    assert [r.sum(axis=0).tolist() for r in rows] == [[6667, 0, 13334], [6667, 0, 13334], [6666, 0, 13332]]
    assert [counts.documents((f"key {k}",)) for k in range(3)] == [6667, 6667, 6666]


def test_groups_are_never_fewer_than_256():
    counts = GroupedCounts(most=10)
    for k in range(5000):
        counts.add(("key",), hash_of(str(k)), np.array([1]))
    assert len(counts.rows(("key",))) == 256
    assert counts.count(("key",)) == 5000


def test_intervals_of_groups_are_as_wide_as_those_of_documents():
    rng = np.random.default_rng(0)
    said = rng.random(6000) < 0.3
    exact, grouped = (Counting(most) for most in (100_000, 20_000))
    for k, dispute in enumerate(said):
        for counting in (exact, grouped):
            counting.add(tags_of([SHELLED if dispute else SAID], doc=f"d{k}"))
    a, b = (counting.result().whole.shares["dispute"] for counting in (exact, grouped))
    assert (a.groups, a.value) == (6000, b.value)
    assert 256 < b.groups < 4096
    assert b.high - b.low == pytest.approx(a.high - a.low, rel=0.15)


# topics


def test_topics_with_their_share_and_stances():
    (energy,) = summary_of().topics
    assert (energy.name, energy.count, energy.documents) == (("energy",), 3, 2)
    assert energy.share.value == 0.3
    assert energy.share.low < 0.3 < energy.share.high
    assert energy.share.groups == 4
    assert energy.shares["dispute"].value == pytest.approx(2 / 3)
    assert energy.shares["dispute"].groups == 2


def test_topics_come_by_falling_count_then_by_name():
    tags = made_tags(topics=("energy", "africa"))
    assert [part.name[0] for part in summary_of([tags]).topics] == ["energy", "africa"]
    equal = replace(tags, has_topic=np.array([[False, True], [False, False], [True, False]]))
    assert [part.name[0] for part in summary_of([equal]).topics] == ["africa", "energy"]


def test_topics_must_be_those_of_one_tagger():
    with pytest.raises(InputError) as error:
        summary_of([tags_of([MET]), made_tags(topics=("africa",))])
    assert str(error.value) == "tagged must be tags with the topics ('energy',) throughout, got ('africa',)"


def test_no_topics():
    for documents in ([tags_of([MET])], [made_tags(topics=())]):
        summary = summary_of(documents)
        assert summary.topics == ()
        assert "No sentence has a topic, or the model knows none." in summary.notes


# dyads


def with_acts(*acts, doc="a"):
    return tags_of([SAID] * len(acts), doc=doc, kind=WithActs, acts=acts)


ACTED = [
    with_acts([("PER", "CHL", SHELLED, 0.6), ("CHL", "PER", MET)], [("PER", "CHL", MET, 0.9)], [], doc="a"),
    with_acts([("PER", "CHL", SHELLED, 0.7)], [("KEN", "SOM", SENT)], doc="b"),
]


def test_dyads_are_directed_and_count_acts():
    summary = summary_of(ACTED)
    assert [(part.name, part.count, part.documents) for part in summary.dyads] == [
        (("PER", "CHL"), 3, 2),
        (("CHL", "PER"), 1, 1),
        (("KEN", "SOM"), 1, 1),
    ]
    first = summary.dyads[0]
    assert first.shares["dispute"].value == pytest.approx(2 / 3)
    assert first.shares["material_dispute"].value == pytest.approx(2 / 3)
    assert [(c.doc, c.index, c.probability) for c in first.carriers] == [("a", 1, 0.9), ("b", 0, 0.7), ("a", 0, 0.6)]
    assert NO_ACTS not in summary.notes


def test_the_most_frequent_dyads_are_told_of_all():
    summary = summary_of(ACTED, dyads=2)
    assert ([part.name for part in summary.dyads], summary.all_dyads) == ([("PER", "CHL"), ("CHL", "PER")], 3)
    assert "Dyads: the 2 most frequent of 3." in summary.notes


def test_acts_of_site_furniture_do_not_count():
    tags = replace(ACTED[0], boilerplate=np.array([True, False, False]))
    assert [(part.name, part.count) for part in summary_of([tags]).dyads] == [(("PER", "CHL"), 1)]


def test_no_acts():
    for documents in (DOCUMENTS, [with_acts([], [])]):
        assert summary_of(documents).dyads == ()
        assert NO_ACTS in summary_of(documents).notes


# months


MONTHS = {
    "2001-02-03": "2001-02",
    " 2001-2-3 ": "2001-02",
    "2001-02": "2001-02",
    "2001/12/31": "2001-12",
    "2001.12": "2001-12",
    "20010203": "2001-02",
    "20010203T101500Z": "2001-02",
    "2001-02-03 00:00:00+00:00": "2001-02",
    "Tue, 3 Feb 2001 10:00:00 GMT": "2001-02",
    "03-Sep-2001": "2001-09",
    "Sept. 3, 2001": "2001-09",
    "December 31st, 2001": "2001-12",
    "may 2001": "2001-05",
    "03/02/2001": None,
    "2001": None,
    "200102": None,
    "2001-13-01": None,
    "2001-123": None,
    "decision 2001": None,
    "yesterday": None,
    "": None,
}


@pytest.mark.parametrize("date", MONTHS)
def test_the_month_of_a_date(date):
    assert month_of(date) == MONTHS[date]


@given(st.text())
def test_a_month_is_none_or_a_month(text):
    found = month_of(text)
    assert found is None or (len(found) == 7 and 1 <= int(found[5:]) <= 12)


def test_months_come_by_time_with_what_is_undated_apart():
    summary = summary_of()
    assert [(part.name, part.count, part.documents) for part in summary.months] == [
        (("2001-02",), 5, 2),
        (("2002-03",), 1, 1),
    ]
    assert summary.months[0].shares["dispute"].value == pytest.approx(0.6)
    assert summary.undated == 1
    assert "Documents without a date, which are in no month: 1 of 4." in summary.notes
    # a month is carried by acts, not by neutral sentences
    assert "Sentence 2 of a." not in [c.text for c in summary.months[0].carriers]


def test_no_dates():
    summary = summary_of([tags_of([MET]), tags_of([SHELLED], doc="b")])
    assert (summary.months, summary.undated) == ((), 2)
    assert summary.notes[-1] == "No document has a date: nothing is told by month."


def test_dates_that_can_not_be_read():
    odd = tags_of([MET], doc="x", date="03/02/2001")
    assert summary_of([odd]).notes[-1] == (
        "No document has a date that can be read (one is '03/02/2001'): nothing is told by month."
    )
    assert summary_of([*DOCUMENTS, odd]).notes[-1] == (
        "Documents without a date that can be read (one is '03/02/2001'), which are in no month: 2 of 5."
    )


# the sentences that carry


def test_the_most_probable_sentences_carry_a_label():
    documents = [tags_of([SHELLED], doc=f"d{k}", probability=p) for k, p in enumerate((0.5, 0.9, 0.6, 0.8, 0.7))]
    found = summary_of(documents).labels["material_dispute"]
    assert [(c.doc, c.index, c.start, c.end, c.text, c.probability) for c in found] == [
        ("d1", 0, 0, 17, "Sentence 0 of d1.", 0.9),
        ("d3", 0, 0, 17, "Sentence 0 of d3.", 0.8),
        ("d4", 0, 0, 17, "Sentence 0 of d4.", 0.7),
    ]


def test_offsets_and_indices_point_into_the_document():
    tags = tags_of([MET, SHELLED], texts=["They met. ", "Troops fired."])
    (carrier,) = summary_of([tags]).labels["dispute"]
    assert "They met. Troops fired."[carrier.start : carrier.end] == carrier.text == "Troops fired."
    assert carrier.index == 1


def test_equal_texts_carry_once_by_the_best_of_them():
    same = [
        tags_of([SHELLED], doc=doc, texts=["They fired."], probability=p)
        for doc, p in zip("cab", (0.8, 0.9, 0.9), strict=True)
    ]
    rest = tags_of([SHELLED, SHELLED], doc="z", probability=0.5)
    for documents in ([*same, rest], [rest, *reversed(same)]):
        found = summary_of(documents).labels["dispute"]
        assert [(c.doc, c.text) for c in found] == [
            ("a", "They fired."),
            ("z", "Sentence 0 of z."),
            ("z", "Sentence 1 of z."),
        ]


def test_many_equal_texts_in_one_document_leave_room_for_others():
    tags = tags_of([SHELLED] * 30, texts=["They fired."] * 28 + ["He shot.", "She hit."])
    carriers = Carriers()
    carriers.offer(("k",), tags, range(30), [0.9] * 28 + [0.5, 0.6])
    assert [c.text for c in carriers.of(("k",))] == ["They fired.", "She hit.", "He shot."]


def test_a_long_sentence_is_cut_but_not_its_offsets():
    (carrier,) = summary_of([tags_of([SHELLED], texts=["x" * 5000])]).labels["dispute"]
    assert (carrier.text, carrier.start, carrier.end) == ("x" * SHOWN_CHARACTERS, 0, 5000)


# views


def test_json_holds_every_number_and_none_for_a_missing_end():
    summary = summary_of([*DOCUMENTS, *ACTED])
    said = json.loads(json.dumps(summary.to_dict(), allow_nan=False))
    assert said["notes"] == summary.notes
    assert (said["documents"], said["documents_with_text"], said["sentences"]) == (6, 6, 15)
    assert list(said["shares"]) == [*BOOK.stances, *BOOK.quads[:-1]]
    assert said["shares"]["verbal_dispute"] == {"value": 0.0, "low": None, "high": None}
    assert said["carriers"]["dispute"][0]["probability"] == pytest.approx(0.8125)
    assert set(said["topics"][0]) == {"topic", "sentences", "documents", "share", "shares", "carriers"}
    assert (said["dyads"][0]["source"], said["dyads"][0]["target"], said["dyads"][0]["acts"]) == ("PER", "CHL", 3)
    assert [row["month"] for row in said["months"]] == ["2001-02", "2002-03"]


def test_rows_are_plain_numbers():
    header, rows = summary_of(ACTED).rows("dyads")
    assert header[:7] == ["source", "target", "acts", "documents", "cooperation", "cooperation_low", "cooperation_high"]
    assert rows[1][:7] == ["CHL", "PER", 1, 1, 1.0, None, None]
    assert {len(row) for row in rows} == {len(header)}
    header, rows = summary_of().rows("topics")
    assert (header[:4], rows[0][:4]) == (["topic", "sentences", "documents", "share"], ["energy", 3, 2, 0.3])
    assert summary_of().rows("dyads")[1] == []


def printed(summary, width=120):
    stream = io.StringIO()
    print_text(summary, stream, width=width)
    return stream.getvalue()


def test_the_terminal_shows_tables_sentences_and_notes():
    out = printed(summary_of([*DOCUMENTS, *ACTED]))
    for title in ("Stances and quads: 15 sentences of 6 documents", "Topics", "Dyads: who acts towards whom", "Months"):
        assert title in out
    assert "PER → CHL" in out
    assert "a:0-16" in out
    assert f"- {UNCORRECTED}" in out.replace("\n", " ").replace("  ", " ")


def test_nothing_in_a_text_is_markup():
    nasty = "[red]*Troops* | <b>fired</b> `x` \x1b[31m_now_ &amp; 'then'"
    summary = summary_of([tags_of([SHELLED], doc="<i>|x", texts=[nasty])])
    assert "[red]*Troops* | <b>fired</b> `x` \ufffd[31m_now_" in printed(summary, 300)
    line = next(line for line in to_markdown(summary).splitlines() if "Troops" in line)
    assert "\\[red\\]\\*Troops\\* \\| \\<b\\>fired\\</b\\> \\`x\\` \ufffd\\[31m\\_now\\_ \\&amp;" in line
    page = to_html(summary, {})
    assert "&lt;b&gt;fired&lt;/b&gt;" in page
    assert "<b>" not in page
    assert "<i>" not in page
    assert "\x1b" not in page


def test_markdown_tables_are_even():
    tables = [block for block in to_markdown(summary_of([*DOCUMENTS, *ACTED])).split("\n\n") if block.startswith("|")]
    assert len(tables) == 5
    for block in tables:
        assert len({line.count("|") for line in block.strip().splitlines()}) == 1


def test_html_is_one_page_with_scopes_and_alternatives():
    page = to_html(summary_of([*DOCUMENTS, *ACTED]), {"months": "data:image/svg+xml;base64,AAAA"})
    assert page.startswith("<!doctype html>\n<html lang='en'>")
    assert page.count("<table>") == 5
    assert page.count("<img ") == page.count(" alt='Plot of the table below: Months'") == 1
    assert "<th scope='col' class='word'>month</th>" in page
    assert UNCORRECTED in page
    assert "http" not in page


@pytest.mark.parametrize("table", ["topics", "dyads", "months"])
def test_plots_are_images_and_the_same_each_time(table):
    pytest.importorskip("matplotlib")
    summary = summary_of([*DOCUMENTS, *ACTED])
    assert draw(summary, table, "png").startswith(b"\x89PNG")
    svg = draw(summary, table)
    assert b"<svg" in svg
    assert svg == draw(summary, table)
    assert data_uri(svg).startswith("data:image/svg+xml;base64,")


def test_a_plot_of_names_that_look_like_formulas():
    pytest.importorskip("matplotlib")
    tags = with_acts([("$A_1$", "\\frac{", MET)])
    assert draw(summary_of([tags]), "dyads", "png").startswith(b"\x89PNG")


def test_plots_need_an_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(MissingExtraError) as error:
        draw(summary_of(), "months")
    assert str(error.value) == "matplotlib is needed for this: pip install 'nato_nlp[report]'"


def test_csv_reads_back():
    header, rows = summary_of().rows("months")
    stream = io.StringIO()
    csv.writer(stream).writerows([header, *rows])
    back = list(csv.DictReader(io.StringIO(stream.getvalue())))
    assert [(row["month"], row["sentences"], row["dispute"], row["verbal_dispute_low"]) for row in back] == [
        ("2001-02", "5", "0.6", ""),
        ("2002-03", "1", "0.0", ""),
    ]


def test_csv_holds_no_formula():
    class Strange:
        def rows(self, table):
            return ["month", "source"], [["=1+1", "@SUM(A1)"], [0.5, "PER"]]

    assert summarizing._csv(Strange(), "months") == "month,source\n'=1+1,'@SUM(A1)\n0.5,PER\n"
