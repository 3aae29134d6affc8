"""Terms that tell a topic: entries, their forms, and the arrays that the kernels match."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np

from nato_nlp._kernels.phrase_layout import Terms
from nato_nlp._paths import seeds_dir
from nato_nlp._validate import check_option, must_be
from nato_nlp.codebook import load_codebook
from nato_nlp.errors import MissingFileError
from nato_nlp.features.inflection import noun_forms, spellings
from nato_nlp.features.phrasebook import PhraseBook, lowered, phrase_words, read_rows

FILE = "topics.tsv"
FIELDS = ("term", "topic", "weak")
PREPOSITIONS = frozenset("of to on in for against between with from".split())
MOST_TOPICS = 3  # that one term may tell


@dataclass(frozen=True, slots=True)
class Term:
    """A word or phrase that tells a topic.

    Attributes
    ----------
    term : str
        Lower case, found in any case and with its plural; or with capitals: the last word that has one needs one in the
        text.
    topic : str
        A topic of the codebook.
    weak : bool
        Whether it tells the topic in about half of the sentences alone.
    """

    term: str
    topic: str
    weak: bool

    def key(self) -> tuple[tuple[str, ...], int]:
        """Return the words in lower case, and the number, from 1, of the word that needs a capital; 0 for none."""
        words = phrase_words(self.term)
        cased = [number for number, word in enumerate(words, 1) if word != lowered(word)]
        return tuple(map(lowered, words)), max(cased, default=0)


def load_terms(path: str | Path | None = None) -> list[Term]:
    """Read terms of topics.

    Parameters
    ----------
    path : path, optional
        A tab-separated file with the header of ``seeds/topics.tsv``; None reads that one.

    Raises
    ------
    MissingFileError
        There is no such file.
    InputError
        No UTF-8, another header, an unknown topic, a term without words; file and line are named.

    Examples
    --------
    >>> {term.topic for term in load_terms() if term.term == "interceptor"}
    {'missile_defence'}
    """
    path = seeds_dir() / FILE if path is None else Path(path)
    if not path.is_file():
        raise MissingFileError(f"{path} is not there: expected terms of topics")
    return [_term(row, where) for row, where in read_rows(path, FIELDS)]


def _term(row: list[str], where: str) -> Term:
    term, topic, weak = row
    if not phrase_words(term):
        raise must_be(f"{where}, term", "words", term)
    check_option(f"{where}, topic", topic, load_codebook().topics)
    check_option(f"{where}, weak", weak, ("0", "1"))
    return Term(term, topic, weak == "1")


def term_forms(words: tuple[str, ...], cased: int) -> Iterator[tuple[str, ...]]:
    """Yield the forms in which a term is looked for: its plural and its spellings, or a name as it stands.

    Examples
    --------
    >>> [" ".join(form) for form in term_forms(("centre", "of", "gravity"), 0)]
    ['centre of gravity', 'center of gravity', 'centres of gravity', 'centers of gravity']
    """
    if cased:
        yield words
        return
    place = next((k - 1 for k, word in enumerate(words) if k and word in PREPOSITIONS), len(words) - 1)
    for form in dict.fromkeys((words[place], *noun_forms(words[place]))):
        yield from product(*(spellings(word) for word in (*words[:place], form, *words[place + 1 :])))


def term_columns() -> list[str]:
    """Return what the columns of terms say: a topic, or a weak sign of it."""
    return [f"{topic}{mark}" for topic in load_codebook().topics for mark in ("", "~")]


def compile_terms(terms: Iterable[Term] = ()) -> Terms:
    """Return the arrays that the kernels match; of two lines with the same words and topic the later one counts."""
    place = {name: number for number, name in enumerate(term_columns(), 1)}
    told: dict[tuple[tuple[str, ...], int], dict[str, bool]] = {}
    for term in terms:
        told.setdefault(term.key(), {})[term.topic] = term.weak
    book = PhraseBook(lower=True)
    columns = np.zeros((len(told), MOST_TOPICS), np.int32)
    # where an ordinary word and a name are spelled alike, the name is looked at first
    for (words, cased), topics in sorted(told.items(), key=lambda item: -item[0][1]):
        if len(topics) > MOST_TOPICS:
            raise must_be(f"topics of {' '.join(words)!r}", f"{MOST_TOPICS} at most", len(topics))
        number = book.new_entry()
        columns[number, : len(topics)] = sorted(place[f"{topic}{'~' * weak}"] for topic, weak in topics.items())
        for form in dict.fromkeys(term_forms(words, cased)):
            book.add(form, number)
    needs = sorted((cased for _, cased in told), reverse=True)
    trie = book.compile()._asdict()
    shared = {name: trie[name] for name in Terms._fields if name in trie}
    return Terms(**shared, cased=np.asarray(needs, np.int32), columns=columns)
