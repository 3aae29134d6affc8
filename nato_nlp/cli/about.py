"""``nato-nlp info``: what a bug report needs."""

import platform

from nato_nlp._paths import default_model, seeds_dir
from nato_nlp.codebook import load_codebook
from nato_nlp.datasets.download import sha256_of
from nato_nlp.evaluation.record import versions
from nato_nlp.models.model_file import read_model


def info_command() -> None:
    """Print versions, platform, shipped model and corpus."""
    rows = {**versions(), "platform": platform.platform(), **_model(), **_corpus(), **_kernels()}
    width = max(map(len, rows))
    for name, value in rows.items():
        print(f"{name:<{width}}  {value}")


def _model() -> dict[str, str]:
    path = default_model()
    model = read_model(path)
    trained = model.facts.get("corpus_sha256")
    current = sha256_of(seeds_dir() / "corpus.jsonl")
    return {
        "model": str(path),
        "model bytes": f"{path.stat().st_size:,}",
        "model sha256": sha256_of(path),
        "model trained by": f"nato_nlp {model.facts.get('library_version')}",
        "model corpus": f"{trained} ({'this corpus' if trained == current else 'another corpus than the one here'})",
        "model heads": f"{len(model.heads.quads)} quads, {len(model.heads.topics)} topics",
    }


def _kernels() -> dict[str, str]:
    from nato_nlp._kernels.cache import cache_state

    state = cache_state()
    if not state.jit:
        return {"compiled kernels": "numba is switched off (NUMBA_DISABLE_JIT)"}
    if state.place is None:
        return {"compiled kernels": "no folder can be written: compiled anew in each process"}
    missing = f"; not yet compiled: {', '.join(state.missing)}" if state.missing else ""
    return {
        "compiled kernels": state.place,
        "kernels' state": f"{len(state.compiled)} compiled, {state.size:,} bytes{missing}",
    }


def _corpus() -> dict[str, str]:
    book = load_codebook()
    path = seeds_dir() / "corpus.jsonl"
    return {
        "corpus": str(path),
        "corpus sha256": sha256_of(path),
        "codebook": f"{len(book.stances)} stances, {len(book.quads)} quads, {len(book.topics)} topics",
    }
