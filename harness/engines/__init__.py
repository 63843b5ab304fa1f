"""Engines that run a script.

In: an engine's name, or "auto". Out: an Engine, with the reason for an automatic choice.
To add one: write its file, add its line here.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from harness.engines.base import Engine, EngineMissing
from harness.engines.cpu import CpuEngine
from harness.engines.mumax3.program import MuMax3
from harness.inputs import InputError

ENGINES: dict[str, Callable[[], Engine]] = {
    "cpu": CpuEngine,
    "mumax3": MuMax3,
}


class Choice(NamedTuple):
    """An engine, and a sentence on why it is this one."""

    engine: Engine
    reason: str


def refusal(engine: Engine, asked: Iterable[Mapping[str, Any]]) -> str | None:
    """Why an engine cannot do what is asked of it, None if it can do it all.

    Parameters
    ----------
    engine : Engine
    asked : iterable of mapping
        Arguments of its `options`, one of each case.
    """
    for options in asked:
        try:
            engine.options(**options)
        except InputError as error:
            return str(error)
    return None


def choose_engine(
    name: str | Choice = "auto", *, to_run: bool = True, asked: Iterable[Mapping[str, Any]] = ()
) -> Choice:
    """The engine asked for.

    Parameters
    ----------
    name : str or Choice
        "auto" takes MuMax3 where it can run, else the CPU engine; a choice already made passes through.
    to_run : bool
        Whether it has to run; planning and reporting only name it.
    asked : iterable of mapping
        What it will be asked for, as `refusal` takes it: "auto" passes over an engine that refuses any of it.

    Raises
    ------
    EngineMissing
        If an engine asked for by name cannot run here.
    InputError
        If there is no such engine.
    """
    if isinstance(name, Choice):
        return name
    if name == "auto":
        mumax3 = MuMax3()
        reason = mumax3.unavailable()
        if reason is None and (refused := refusal(mumax3, asked)):
            why = refused.split(";")[0]
            return Choice(CpuEngine(), f"engine cpu, because not every case can be had of mumax3: {why}")
        if reason is None:
            return Choice(mumax3, "engine mumax3: found and able to run")
        return Choice(CpuEngine(), f"engine cpu, because mumax3 cannot run: {reason}")
    if name not in ENGINES:
        raise InputError(f"engine = {name}: must be auto, {', '.join(ENGINES)}")
    engine: Engine = ENGINES[name]()
    if to_run and (missing := engine.unavailable()):
        raise EngineMissing(f"engine {name} cannot run: {missing}")
    return Choice(engine, f"engine {name}: as asked")
