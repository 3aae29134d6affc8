"""Public sets of labelled sentences: what they are, and their loaders."""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from nato_nlp._validate import check_option
from nato_nlp.codebook import load_codebook
from nato_nlp.datasets.dataset import Dataset
from nato_nlp.datasets.download import PublicFile, PublicSet, find_file
from nato_nlp.datasets.marks import Marked, read_marks

ZSP = (
    "Hu et al.: Leveraging Codebook Knowledge with NLI and ChatGPT for Zero-Shot Political Relation Classification. "
    "ACL 2024"
)
CONFLIBERT = "Hu et al.: ConfliBERT: A Pre-trained Language Model for Political Conflict and Violence. NAACL 2022"
NO_DOCUMENTS = "no document ids: groups are near-duplicate clusters"
OVERLAP = "shares sentences with {}: remove them before one set is used to test what the other has trained"

PLOVER_ZSP = PublicSet(
    name="plover_zsp",
    repository="snowood1/Zero-Shot-PLOVER",
    commit="d2d0b0ad3825e98e1a9a3d6b273789baa0ef2bea",
    files={
        "train": PublicFile(
            "plover_zsp/PLV_train.tsv",
            "datasets/PLV_train.tsv",
            "b184c7623cb05a48011adabd951f1a7f7efa8c80059ef4dc12c3d3231de5f5d3",
        ),
        "test": PublicFile(
            "plover_zsp/PLV_test.tsv",
            "datasets/PLV_test.tsv",
            "1eaa0cf1e82b2cb7214f5de02975e42dbc8548baf2034f9d7058416a8627df1a",
        ),
    },
    licence="none stated: for evaluation, not for redistribution",
    citation=ZSP,
    notes=(NO_DOCUMENTS, OVERLAP.format("cameo")),
)

ACE_WIKIEVENTS = PublicSet(
    name="ace_wikievents",
    repository=PLOVER_ZSP.repository,
    commit=PLOVER_ZSP.commit,
    files={
        "train": PublicFile(
            "ace_wikievents/AW_train.tsv",
            "datasets/AW_train.tsv",
            "27f3e467d3dc2f3c749b51e53d710194aed6a3b7bcb9860d42fcb3e5eb7ef0e6",
        ),
    },
    licence="none stated; the text of ACE belongs to the Linguistic Data Consortium (LDC): a local copy only",
    citation=ZSP,
    local_only="the text of ACE belongs to the Linguistic Data Consortium (LDC), which licenses copies of it",
    notes=("the set codes conflict or not: 'cooperation' is whatever it does not code as conflict",),
)

CAMEO = PublicSet(
    name="cameo",
    repository="eventdata/ConfliBERT",
    commit="0b630014885b9597622082034cc5ab5471b57e5b",
    files={
        "train": PublicFile(
            "cameo/train.tsv",
            "data/cameo_class/train.tsv",
            "556c5a91ea278517b6f1595d2a55c04ca98219f255c95a617783decd179fd5fb",
        ),
    },
    licence="its owners': for evaluation, not for redistribution",
    citation=CONFLIBERT,
    notes=(NO_DOCUMENTS, OVERLAP.format("plover_zsp")),
)

INSIGHTCRIME = PublicSet(
    name="insightcrime",
    repository=CAMEO.repository,
    commit=CAMEO.commit,
    files={
        "train": PublicFile(
            "insightcrime/train.tsv",
            "data/insightCrime/train.tsv",
            "1d9665a55ca72a269ce99c8bd9d6ecf1052166ef25ac3369b04e59fea687afd5",
        ),
        "dev": PublicFile(
            "insightcrime/dev.tsv",
            "data/insightCrime/dev.tsv",
            "4467e28722e547f1f0142d1343183ccfb4c65e575715399d7ac586fcae7819a1",
        ),
        "test": PublicFile(
            "insightcrime/test.tsv",
            "data/insightCrime/test.tsv",
            "6791b5062ad8b62b5be5fb5bdda41eeaf57937ac8dfa496515148f9b715f7779",
        ),
    },
    licence="its owners': for evaluation, not for redistribution",
    citation=CONFLIBERT,
    notes=(
        "no document ids and some texts twice: groups are near-duplicate clusters",
        "the home does not name the seven classes: they are the numbers of their columns",
    ),
)

PUBLIC_SETS: Mapping[str, PublicSet] = {
    entry.name: entry for entry in (PLOVER_ZSP, CAMEO, ACE_WIKIEVENTS, INSIGHTCRIME)
}

# the numbers of the published classes; conflict is what the codebook calls dispute
QUADS = {
    "0": "neutral",
    "1": "verbal_cooperation",
    "2": "material_cooperation",
    "3": "verbal_dispute",
    "4": "material_dispute",
}
BINARY = {"0": "cooperation", "1": "dispute"}
ALL = "all"


def load_plover_zsp(part: str = "train", *, folder: str | Path | None = None) -> Dataset:
    """Load the PLOVER sentences of the ZSP paper: an act between a marked source and a marked target.

    Parameters
    ----------
    part : {'train', 'test', 'all'}
        1,050 rows, 1,033 rows, or both with ``split`` telling them apart.
    folder : path, optional
        Data folder with ``plover_zsp/PLV_train.tsv`` and ``plover_zsp/PLV_test.tsv``. When None that of
        ``NATO_NLP_DATA``, else the files are downloaded into the user's cache.

    Returns
    -------
    Dataset
        Labels ``quad`` (four, none neutral), ``stance`` and ``root`` (15). Where the set writes 'An actor' or 'a
        recipient' there is no span; where it marks an actor each time that it is named there are several. Labels are
        left as published: in 8 rows of the training part the root belongs to another quad.

    Raises
    ------
    InputError
        An unknown part, or a file with a wrong hash.
    MissingFileError
        A file is not there and can't be downloaded.
    MissingExtraError
        No folder is given and pooch is not installed.

    References
    ----------
    Hu et al.: Leveraging Codebook Knowledge with NLI and ChatGPT for Zero-Shot Political Relation Classification.
    ACL 2024.

    Examples
    --------
    >>> load_plover_zsp("train").labels["quad"][:1]  # doctest: +SKIP
    ['verbal_cooperation']
    """
    rows = _rows_of(PLOVER_ZSP, part, folder, _header_rows)
    quads = [QUADS[row["gold_penta"]] for _, row in rows]
    labels = {"quad": quads, "stance": _stances(quads), "root": [row["gold_root"] for _, row in rows]}
    return _dataset(PLOVER_ZSP, rows, labels, **_spans(rows))


def load_ace_wikievents(*, folder: str | Path | None = None) -> Dataset:
    """Load the relations that the ZSP paper took out of ACE and WikiEvents, from a local copy.

    Parameters
    ----------
    folder : path, optional
        Data folder with ``ace_wikievents/AW_train.tsv``; that of ``NATO_NLP_DATA`` when None. The file is never
        downloaded, since the text of ACE belongs to the Linguistic Data Consortium.

    Returns
    -------
    Dataset
        802 rows, a sentence once for each of its relations. Label ``binary``: ``dispute`` for conflict, ``cooperation``
        for anything else. Groups are documents: ``ace:NUMBER`` and ``wiki:NUMBER``.

    Raises
    ------
    MissingFileError
        The file is not there.
    InputError
        It has a wrong hash.

    References
    ----------
    Hu et al.: Leveraging Codebook Knowledge with NLI and ChatGPT for Zero-Shot Political Relation Classification.
    ACL 2024.

    Examples
    --------
    >>> len(load_ace_wikievents(folder="data"))  # doctest: +SKIP
    802
    """
    rows = _rows_of(ACE_WIKIEVENTS, "train", folder, _header_rows)
    labels = {"binary": [BINARY[row["gold_binary"]] for _, row in rows]}
    # both corpora number their documents, and the same numbers occur in both
    groups = [f"{row['dataset']}:{row['doc_id']}" for _, row in rows]
    return _dataset(ACE_WIKIEVENTS, rows, labels, groups=groups, **_spans(rows))


def load_cameo(*, folder: str | Path | None = None) -> Dataset:
    """Load the CAMEO sentences of the ConfliBERT paper: the training part, the only one known for now.

    Parameters
    ----------
    folder : path, optional
        Data folder with ``cameo/train.tsv``. When None that of ``NATO_NLP_DATA``, else the file is downloaded into the
        user's cache.

    Returns
    -------
    Dataset
        1,349 sentences; labels ``quad`` (class 0, no act, is ``neutral``) and ``stance``.

    Raises
    ------
    InputError
        A file with a wrong hash.
    MissingFileError
        The file is not there and can't be downloaded.
    MissingExtraError
        No folder is given and pooch is not installed.

    References
    ----------
    Hu et al.: ConfliBERT: A Pre-trained Language Model for Political Conflict and Violence. NAACL 2022.

    Examples
    --------
    >>> len(load_cameo())  # doctest: +SKIP
    1349
    """
    rows = _rows_of(CAMEO, "train", folder, _bare_rows)
    quads = [QUADS[row["labels"]] for _, row in rows]
    return _dataset(CAMEO, rows, {"quad": quads, "stance": _stances(quads)})


def load_insightcrime(part: str = "train", *, folder: str | Path | None = None) -> Dataset:
    """Load the reports on organised crime of the ConfliBERT paper: long texts, several classes each.

    Parameters
    ----------
    part : {'train', 'dev', 'test', 'all'}
        1,002, 332 or 319 texts, or all with ``split`` telling them apart.
    folder : path, optional
        Data folder with ``insightcrime/train.tsv`` and so on. When None that of ``NATO_NLP_DATA``, else the files are
        downloaded into the user's cache.

    Returns
    -------
    Dataset
        Label ``classes``: of the seven columns of the file, ``"1"`` to ``"7"``, those that hold a 1; some texts have
        none.

    Raises
    ------
    InputError
        An unknown part, or a file with a wrong hash.
    MissingFileError
        A file is not there and can't be downloaded.
    MissingExtraError
        No folder is given and pooch is not installed.

    References
    ----------
    Hu et al.: ConfliBERT: A Pre-trained Language Model for Political Conflict and Violence. NAACL 2022.

    Examples
    --------
    >>> len(load_insightcrime("dev"))  # doctest: +SKIP
    332
    """
    rows = _rows_of(INSIGHTCRIME, part, folder, _bare_rows)
    classes = [[str(k) for k, flag in enumerate(row["labels"].split("\t"), 1) if flag == "1"] for _, row in rows]
    return _dataset(INSIGHTCRIME, rows, {"classes": classes})


Row = tuple[str, dict[str, str]]  # the part it stands in, and its columns: 'sentence' and further ones


def _rows_of(entry: PublicSet, part: str, folder: str | Path | None, read: Any) -> list[Row]:
    check_option("part", part, [*entry.files, *([ALL] if len(entry.files) > 1 else [])])
    rows: list[Row] = []
    for name in entry.files if part == ALL else [part]:
        with find_file(entry, name, folder).open(encoding="utf-8", newline="") as stream:
            rows += [(name, row) for row in read(stream)]
    return rows


def _header_rows(lines: Iterable[str]) -> Iterator[dict[str, str]]:
    yield from csv.DictReader(lines, delimiter="\t", strict=True)


def _bare_rows(lines: Iterable[str]) -> Iterator[dict[str, str]]:
    """Read a file without a header, whose quote characters are text: the sentence, a tab, the labels."""
    for line in lines:
        sentence, labels = line.rstrip("\r\n").split("\t", 1)
        yield {"sentence": sentence, "labels": labels}


def _stances(quads: Iterable[str]) -> list[str]:
    stance_of = load_codebook().stance_of
    return [stance_of[quad] for quad in quads]


def _spans(rows: Sequence[Row]) -> dict[str, Any]:
    """Give the marked spans of each row; none, and a note, where the marked sentence is not the sentence."""
    marked = [read_marks(row["marked_sentence"]) for _, row in rows]
    fitting = [
        m if m.text == row["sentence"] else Marked(row["sentence"], (), ())
        for m, (_, row) in zip(marked, rows, strict=True)
    ]
    lost = sum(one is not other for one, other in zip(marked, fitting, strict=True))
    notes = [f"{lost} text(s) without spans: the marked sentence differs from the sentence"] if lost else []
    return {"sources": [m.sources for m in fitting], "targets": [m.targets for m in fitting], "notes": notes}


def _dataset(
    entry: PublicSet, rows: Sequence[Row], labels: Mapping[str, Any], notes: Sequence[str] = (), **more: Any
) -> Dataset:
    parts = [part for part, _ in rows]
    first = {part: parts.index(part) for part in dict.fromkeys(parts)}
    return Dataset(
        entry.name,
        [row["sentence"] for _, row in rows],
        labels,
        split=parts,
        ids=[f"{entry.name}:{part}:{number - first[part] + 1}" for number, part in enumerate(parts)],
        licence=entry.licence,
        citation=entry.citation,
        home=entry.home,
        sha256={entry.files[part].path: entry.files[part].sha256 for part in first},
        notes=(*entry.notes, *notes),
        **more,
    )
