"""Loading a tagger from a model file, with entries of one's own added to its lists."""

from pathlib import Path

from nato_nlp._paths import default_model
from nato_nlp.datasets.download import sha256_of
from nato_nlp.errors import InputError
from nato_nlp.features.news import NewsFeatures
from nato_nlp.features.phrases import compile_phrases
from nato_nlp.models.model_file import SavedModel, read_model
from nato_nlp.models.tagger import Tagger


def load_tagger(
    path: str | Path | None = None, *, lexicon: str | Path | None = None, actors: str | Path | None = None
) -> Tagger:
    """Load a tagger from a file that `Tagger.save` wrote.

    Parameters
    ----------
    path : path, optional
        None loads the model that ships with the library, trained on its seed corpus alone.
    lexicon, actors : path, optional
        Files like ``seeds/lexicon.tsv`` and ``seeds/actors.jsonl`` with entries to add, or to put in the place of those that
        ship. Their SHA-256 is kept in ``facts_`` and in saved models.

    Raises
    ------
    MissingFileError
        There is no such file.
    ModelFileError
        The file is damaged, too new, or of another kind.

    Examples
    --------
    >>> load_tagger().tag("The two navies held a joint exercise.")[0].quad
    'material_cooperation'
    """
    model = read_model(default_model() if path is None else path)
    if lexicon is not None or actors is not None:
        _add_phrases(model, lexicon, actors)
    tagger = Tagger(features=model.features)
    tagger.features_, tagger.heads_, tagger.facts_ = model.features, model.heads, model.facts
    tagger.acts_, tagger.certainty_ = model.acts, model.certainty
    tagger.held_out_, tagger.held_out_acts_ = None, None
    return tagger


def _add_phrases(model: SavedModel, lexicon: str | Path | None, actors: str | Path | None) -> None:
    if not isinstance(model.features, NewsFeatures):
        raise InputError("the model must use a lexicon and a gazetteer to add entries to, got one of n-grams alone")
    model.features.use(compile_phrases(lexicon, actors))
    for name, path in (("added_lexicon_sha256", lexicon), ("added_actors_sha256", actors)):
        if path is not None:
            model.facts[name] = sha256_of(Path(path))
