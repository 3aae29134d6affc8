"""What a run computes between reading the data and writing the results."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from itertools import chain
from typing import Any

import numpy as np

from nato_nlp._paths import PACKAGE, seeds_dir
from nato_nlp.evaluation.record import machine, now, versions
from nato_nlp.experiment.config import Experiment, Setting
from nato_nlp.experiment.counts import Corpus
from nato_nlp.experiment.folds import Leaked, OuterFold, Plan, Table, plan_folds, table_of
from nato_nlp.experiment.losses import Ints
from nato_nlp.experiment.progress import Bar
from nato_nlp.experiment.results import PredictionTable, Result
from nato_nlp.experiment.search import Calibration, Fold, Problem, gather, vocabulary_key
from nato_nlp.experiment.summary import curve_point, summary
from nato_nlp.experiment.task import Task
from nato_nlp.experiment.units import MISTAKES, Done, Store, Unit

SHARES = (0.1, 0.2, 0.4, 0.6, 0.8)  # of the training rows, for learning curves; all of them are the final model
TIES = 9  # decimals within which settings are equally good; the first one wins
SEEDS = "seeds"
Values = list[list[list[float]]]  # outer folds, settings, inner folds


@dataclass(frozen=True, eq=False)
class Job:
    """An experiment with its data, its folds, and where units of work are kept."""

    config: Experiment
    task: Task
    table: Table
    plan: Plan
    problem: Problem
    settings: tuple[Setting, ...]
    store: Store
    jobs: int
    bar: Bar

    @classmethod
    def of(cls, config: Experiment, task: Task, folder: Any, jobs: int, bar: Bar) -> "Job":
        """Split the rows, pass the leak guard, count tokens."""
        table, settings = table_of(task), tuple(config.settings())
        plan = plan_folds(task, table, config)
        corpus = Corpus(table.texts, table.sources, table.targets)
        problem = Problem(
            counts=gather(corpus, settings, task.multilabel),
            gold=table.gold,
            labels=task.labels,
            multilabel=task.multilabel,
            topical=task.multilabel,
            primary=config.metrics.primary,
        )
        return cls(config, task, table, plan, problem, settings, Store(folder, _world(corpus, problem)), jobs, bar)

    def result(self) -> Result:
        """Do all units of work that are not done, and put them together."""
        outer, curves = len(self.plan.outer), len(SHARES) if self.config.report.learning_curve else 0
        searches = [unit for fold in self.plan.outer for unit in self._searches(fold)]
        inner = sum(len(fold.inner) for fold in self.plan.outer)
        self.bar.expect(sum(unit.cost for unit in searches) + inner + outer + outer * curves)
        values = self._values(searches)
        chosen = [self._best(of_fold) for of_fold in values]
        finals = self._do(
            [
                Unit("final", fold.fold, fold.inner, (setting,), self._explained)
                for fold, setting in zip(self.plan.outer, chosen, strict=True)
            ]
        )
        table = self.predictions([done["decided"] for done in finals], [done["proba"] for done in finals])
        metrics = {
            "name": self.config.name,
            "task": self._task_facts(),
            "chosen": _setting_facts(chosen[0]) if self.config.data.test is not None else None,
            "folds": [
                self._fold_facts(fold, setting, done)
                for fold, setting, done in zip(self.plan.outer, chosen, finals, strict=True)
            ],
            "search": self._search_facts(values),
            "leaks": self._leak_facts(),
            "learning_curve": self._curve(chosen, finals, table) if curves else [],
            "notes": self._notes(),
            **summary(self.config, table, self.task.multilabel),
        }
        return Result(self.config, metrics, self._manifest(), table, self._evidence(finals))

    def predictions(self, decided: Sequence[Any], proba: Sequence[Any] | None = None) -> PredictionTable:
        """Put what was said of the outer folds together, in the order of the rows."""
        rows = np.concatenate([fold.fold.scored for fold in self.plan.outer])
        folds = np.concatenate([np.full(len(fold.fold.scored), fold.number) for fold in self.plan.outer])
        said = np.concatenate([np.asarray(part, bool) for part in decided])
        sure = said.astype(np.float64) if proba is None else np.concatenate([np.asarray(part) for part in proba])
        order = np.argsort(rows)
        rows = rows[order]
        return PredictionTable(
            ids=tuple(self.table.ids[row] for row in rows),
            groups=tuple(self.table.groups[row] for row in rows),
            folds=folds[order],
            gold=tuple(self.problem.named(self.problem.gold[rows])),
            predicted=tuple(self.problem.named(said[order])),
            proba=sure[order],
            labels=self.task.labels,
        )

    @property
    def _explained(self) -> bool:
        return all(source == SEEDS for _, source in self.config.data.sources)

    def _searches(self, fold: OuterFold) -> Iterator[Unit]:
        """Yield a unit for all settings that share their matrices."""
        shared: dict[str, list[Setting]] = {}
        for setting in self.settings:
            shared.setdefault(vocabulary_key(setting.features, self.problem.topical), []).append(setting)
        for settings in shared.values():
            yield Unit("search", fold.fold, fold.inner, tuple(settings))

    def _values(self, searches: list[Unit]) -> Values:
        place = {id(setting): k for k, setting in enumerate(self.settings)}
        number = {id(fold.fold): fold.number for fold in self.plan.outer}
        values: Values = [[[] for _ in self.settings] for _ in self.plan.outer]
        for unit, done in zip(searches, self._do(searches), strict=True):
            for setting, found in zip(unit.settings, done["values"], strict=True):
                values[number[id(unit.fold)]][place[id(setting)]] = found
        return values

    def _best(self, values: list[list[float]]) -> Setting:
        means = np.round(np.mean(values, axis=1), TIES)
        return self.settings[int(means.argmax())]

    def _do(self, units: list[Unit]) -> list[Done]:
        """Return what units give, from the store where they are done; the others in parallel."""
        found = [self.store.get(unit) for unit in units]
        todo = [k for k, done in enumerate(found) if done is None]
        self.bar.advance(sum(unit.cost for unit, done in zip(units, found, strict=True) if done is not None))
        for k, done in _work(self.problem, units, todo, self.jobs):
            self.store.put(units[k], done)
            found[k] = done
            self.bar.advance(units[k].cost)
        return [done for done in found if done is not None]

    def _task_facts(self) -> dict[str, Any]:
        kind = "cross-validation" if self.config.data.test is None else "fixed"
        return {
            "labels": self.task.labels,
            "multilabel": self.task.multilabel,
            "counts": self.task.counts,
            "test": kind,
        }

    def _fold_facts(self, fold: OuterFold, setting: Setting, done: Done) -> dict[str, Any]:
        gold, decided = self.problem.gold[fold.fold.scored], np.asarray(done["decided"], bool)
        metrics = (self.config.metrics.primary, *self.config.metrics.others)
        calibration = {"thresholds": [head[2] for head in done["heads"]]} if done["heads"] else {}
        return {
            "fold": fold.number,
            "rows": len(fold.fold.scored),
            "train_rows": len(fold.fold.train),
            "chosen": setting.values,
            "scores": {metric: self.problem.value(metric, gold, decided) for metric in metrics},
            **(calibration or {"temperature": done["temperature"]}),
        }

    def _search_facts(self, values: Values) -> list[dict[str, Any]]:
        found = []
        for k, setting in enumerate(self.settings):
            folds = list(chain.from_iterable(of_fold[k] for of_fold in values))
            mean = float(np.mean(folds))
            found.append({"setting": setting.name, "values": setting.values, "mean": mean, "folds": folds})
        return found

    def _leak_facts(self) -> dict[str, Any]:
        outer, inner = self.plan.leaked, self.plan.searched
        return {
            "policy": self.config.data.on_leak,
            "pairs": outer.pairs,
            "dropped": outer.dropped,
            "tables": outer.tables,
            "search_pairs": inner.pairs,
            "search_dropped": inner.dropped,
        }

    def _notes(self) -> list[str]:
        return [*self.task.notes, *_leak_notes(self.plan.leaked, self.config.data.on_leak)]

    def _curve(self, chosen: list[Setting], finals: list[Done], table: PredictionTable) -> list[dict[str, Any]]:
        """Return the points of the learning curve; thresholds and temperature are those of all rows."""
        units, folds = [], list(zip(self.plan.outer, chosen, finals, strict=True))
        for share in SHARES:
            for fold, setting, done in folds:
                heads = tuple((slope, offset, threshold) for slope, offset, threshold in done["heads"])
                part = Fold(self._part_of(fold.fold.train, share), fold.fold.scored)
                calibration = Calibration(done["temperature"], heads)
                units.append(Unit("curve", part, (), (setting,), calibration=calibration))
        found, points = self._do(units), []
        for k, share in enumerate(SHARES):
            here = slice(k * len(folds), (k + 1) * len(folds))
            rows = float(np.mean([len(unit.fold.train) for unit in units[here]]))
            said = self.predictions([done["decided"] for done in found[here]])
            points.append(curve_point(self.config, said, share, rows))
        rows = float(np.mean([len(fold.fold.train) for fold in self.plan.outer]))
        return [*points, curve_point(self.config, table, 1.0, rows)]

    def _part_of(self, train: Ints, share: float) -> Ints:
        """Return the rows of some groups, about a share of all; a smaller share is a part of a larger one."""
        extra = np.isin(train, self.table.extra)
        names = [
            f"{int(more)} {self.table.groups[row]}" for row, more in zip(train.tolist(), extra.tolist(), strict=True)
        ]
        groups, codes = np.unique(names, return_inverse=True)
        order = np.random.default_rng(self.config.split.seed).permutation(len(groups))
        size = np.bincount(codes)[order].cumsum()
        kept = order[: max(1, int(np.searchsorted(size, share * len(train), side="right")))]
        return train[np.isin(codes, kept)]

    def _manifest(self) -> dict[str, Any]:
        return {
            "name": self.config.name,
            "versions": versions(),
            "machine": machine() | {"blas": blas()},
            "time": now(),
            "overrides": self.config.overrides,
            "data_sha256": self.task.sha256,
        }

    def _evidence(self, finals: list[Done]) -> list[dict[str, Any]] | None:
        if not self._explained:
            return None
        found = sorted(chain.from_iterable(done["mistakes"] for done in finals), key=lambda m: -m["probability"])
        return [
            {"id": self.table.ids[m["row"]], "group": self.table.groups[m["row"]], "text": self.table.texts[m["row"]]}
            | {name: value for name, value in m.items() if name != "row"}
            for m in found[:MISTAKES]
        ]


def _work(problem: Problem, units: list[Unit], todo: list[int], jobs: int) -> Iterator[tuple[int, Done]]:
    """Yield what units give as soon as each is done."""
    if jobs == 1 or len(todo) < 2:
        for k in todo:
            yield k, units[k].run(problem)
        return
    from joblib import Parallel, delayed

    parallel = Parallel(n_jobs=jobs, return_as="generator_unordered")
    yield from parallel(delayed(_numbered)(problem, units[k], k) for k in todo)


def _numbered(problem: Problem, unit: Unit, number: int) -> tuple[int, Done]:
    return number, unit.run(problem)


def _setting_facts(setting: Setting) -> dict[str, Any]:
    return {
        "values": setting.values,
        "features": setting.features.model_dump(),
        "model": setting.model.model_dump(),
    }


def _leak_notes(leaked: Leaked, policy: str) -> list[str]:
    if not leaked.pairs:
        return []
    if policy == "drop":
        return [f"{leaked.dropped:,} training row(s) were left out, since they stand in what is scored or resemble it"]
    return [f"LEAKS: {leaked.pairs:,} pair(s) of a training row and a scored row are the same or nearly so"]


def blas() -> str:
    """Return the library that multiplies matrices and the kind of processor that it takes this one for."""
    from threadpoolctl import threadpool_info

    found = {
        f"{info['internal_api']} {info['version']} {info.get('architecture', '')}".strip()
        for info in threadpool_info()
        if info["user_api"] == "blas"
    }
    return ", ".join(sorted(found))


@cache
def _code() -> str:
    """Return the hash of the library's code and of the files that it reads: work of another version is not gone on with."""
    found = sha256()
    for root in (PACKAGE, seeds_dir()):
        for path in sorted(root.rglob("*")):
            if path.suffix in (".py", ".tsv", ".jsonl", ".toml") and path.is_file():
                found.update(path.relative_to(root).as_posix().encode() + path.read_bytes())
    return found.hexdigest()


def _world(corpus: Corpus, problem: Problem) -> str:
    """Return the hash of what every unit depends on."""
    found = sha256(f"{_code()} {corpus.key} {versions()} {blas()}".encode())
    found.update(repr((problem.labels, problem.multilabel, problem.topical, problem.primary)).encode())
    found.update(problem.gold.tobytes())
    return found.hexdigest()
