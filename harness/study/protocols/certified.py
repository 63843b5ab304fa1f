"""Protocol certified: every state is told minimum or saddle, and saddles are left.

In: nothing. Out: the bare script, with an option for the engine: it follows stable branches, locates where
they end, and takes the lower of the two ends of a saddle's mode.
"""

from typing import Any, ClassVar, Literal

from harness.study.protocols.base import Protocol

NEEDS = {"solver.algorithm": "fast", "solver.precision": "double", "mesh.edge_smooth": 0}


class Certified(Protocol):
    """Stable branches by their curvature: no perturbation, no seed."""

    summary: ClassVar[str] = (
        "no perturbation; every state is certified, saddles are left by both sides of their mode for the "
        "lower end, and losses of stability located to 1e-5 T (CPU engine)"
    )
    kind: Literal["certified"] = "certified"

    @property
    def slug(self) -> str:
        return "certified"

    @property
    def engine_options(self) -> dict[str, Any]:
        return {"leave_saddles": True}

    def require(self, case: Any) -> None:
        """Its states must have a curvature that the engine can look at."""
        for key, needed in NEEDS.items():
            table, name = key.split(".")
            if (value := getattr(getattr(case, table), name)) != needed:
                raise ValueError(
                    f"{key} = {value}: protocol certified needs {needed}; set it, or take protocol kick"
                )
