"""scikit-learn's estimator contract without importing scikit-learn, whose import alone takes over a second.

``clone``, ``Pipeline`` and ``GridSearchCV`` ask an estimator for ``get_params``, ``set_params`` and
``__sklearn_tags__``; they do not demand their own base class.
"""

import inspect
from typing import Any, Self

from nato_nlp._validate import unknown_name
from nato_nlp.errors import NotFittedError


class Estimator:
    """Parameters of an estimator, read from the signature of its ``__init__``."""

    _kind: str | None = None  # 'classifier' or 'transformer', as scikit-learn's tags name them

    @classmethod
    def _parameters(cls) -> list[inspect.Parameter]:
        return [p for p in inspect.signature(cls.__init__).parameters.values() if p.name != "self"]

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the parameters by name; nested ones as ``outer__inner`` when ``deep``."""
        params = {p.name: getattr(self, p.name) for p in self._parameters()}
        if deep:
            for name, value in list(params.items()):
                if hasattr(value, "get_params") and not isinstance(value, type):
                    params |= {f"{name}__{inner}": v for inner, v in value.get_params().items()}
        return params

    def set_params(self, **params: Any) -> Self:
        """Set parameters by name; ``outer__inner`` reaches into a nested estimator.

        Raises
        ------
        InputError
            The estimator has no parameter of that name.
        """
        known = [p.name for p in self._parameters()]
        for key, value in params.items():
            name, _, inner = key.partition("__")
            if name not in known:
                raise unknown_name("parameter", name, known)
            if inner:
                getattr(self, name).set_params(**{inner: value})
            else:
                setattr(self, name, value)
        return self

    def __repr__(self) -> str:
        changed = [
            f"{p.name}={getattr(self, p.name)!r}" for p in self._parameters() if getattr(self, p.name) != p.default
        ]
        return f"{type(self).__name__}({', '.join(changed)})"

    def __sklearn_tags__(self) -> Any:
        from sklearn.utils import ClassifierTags, InputTags, Tags, TargetTags, TransformerTags

        classifier = self._kind == "classifier"
        return Tags(
            estimator_type=self._kind,
            target_tags=TargetTags(required=classifier),
            classifier_tags=ClassifierTags() if classifier else None,
            transformer_tags=None if classifier else TransformerTags(),
            input_tags=InputTags(two_d_array=False, string=True),
        )

    def __sklearn_is_fitted__(self) -> bool:
        return any(name.endswith("_") and not name.startswith("_") for name in vars(self))

    def _check_fitted(self) -> None:
        if not self.__sklearn_is_fitted__():
            raise NotFittedError(f"{type(self).__name__} must be fitted before it is used: call fit first")
