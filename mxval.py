"""The public names of mxval in one place: ``from mxval import Study, run_study, Sphere``.

Studies and what comes of them: `Study`, `run_study`, `open_run`, `fit_vortex`, `read_ovf`. The reduced model:
`Sphere`, `field_loop`, `radius_sweep`, `size_map`. ``dir(mxval)`` has them all, and each its docstring.

In: a name of `harness` or of `reduced_model`. Out: the thing itself, imported when it is first asked for.
"""

from importlib import import_module

import harness
import reduced_model

_HOMES = {name: package.__name__ for package in (harness, reduced_model) for name in package.__all__}

__all__ = [*sorted(_HOMES)]


def __getattr__(name: str) -> object:
    """A public name of either package."""
    if name not in _HOMES:
        raise AttributeError(f"module 'mxval' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return __all__
