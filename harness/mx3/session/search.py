"""Going to an equilibrium: by the engine's own minimiser, or by MuMax3's algorithms on request.

In: a session and its options. Out: the session's magnetisation at an equilibrium, and a record of how well it
was reached.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from harness.mx3.errors import ConvergenceError, ScriptError
from harness.mx3.language.expressions import Variable

if TYPE_CHECKING:
    from harness.mx3.magnet.solvers import Equilibrium
    from harness.mx3.magnet.solvers.faithful import Descent
    from harness.mx3.session.session import Session

MOST_SAMPLES = 100_000


class Search:
    """`relax` and `minimize` of one session.

    Attributes
    ----------
    smallest_change, samples, torque_threshold_T : Variable
        The script's MinimizerStop, MinimizerSamples and RelaxTorqueThreshold.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self.smallest_change = Variable(float, 1e-6, _checked_change)
        self.samples = Variable(int, 10, _checked_samples)
        self.torque_threshold_T = Variable(float, -1.0)

    def run(self, event: str) -> None:
        """Go to the nearest equilibrium, `event` being "relax" or "minimize", and put it on record.

        Raises
        ------
        ConvergenceError
            If the search did not converge and the options are strict.
        """
        session = self._session
        session.note_missing_parameters()
        session.make_due_output()
        options = session.options
        if options.algorithm == "fast":
            found = session.magnet.equilibrate(options.tolerance_T, options.max_evaluations)
            missed = f"did not reach {found.tolerance_T:g} T"
            session.last_error = found.residual_T
        else:
            found = self._faithfully(event)
            missed = f"was not stopped by MuMax3's rule within {options.max_evaluations} field evaluations"
        session.peak_error = max(session.peak_error, session.last_error)
        session.step.value += found.iterations
        session.take_equilibrium(found)
        summary = f"residual {found.residual_T:.2e} T after {found.field_evaluations} field evaluations"
        session.output.record(
            event,
            residual_T=found.residual_T,
            odd_part=session.odd_part(),
            field_evaluations=found.field_evaluations,
            iterations=found.iterations,
        )
        if found.tolerance_T > options.tolerance_T:
            summary += f" (rounding floor of {options.float_dtype}: {found.tolerance_T:.2g} T)"
        if found.converged:
            session.log(f"{event}: {options.algorithm}, {summary}")
            return
        warning = f"{event} {missed}: {summary}"
        session.totals.warnings.append(warning)
        session.log(f"WARNING: {warning}")
        if options.strict:
            raise ConvergenceError(warning)

    def _faithfully(self, event: str) -> Equilibrium:
        """Search by MuMax3's algorithm of that name; converged means that its rule stopped it."""
        from harness.mx3.magnet.solvers import Equilibrium
        from harness.mx3.magnet.solvers.runge_kutta import StepTooShort

        session = self._session
        time_s = session.time.value
        try:
            descent = self._relax() if event == "relax" else self._minimize()
        except StepTooShort as error:
            raise ScriptError(None, f"{event}: {error}: check the parameters") from None
        finally:
            session.time.value = time_s
        session.move_to(descent.m, session.last_error)
        residual_T = session.magnet.max_torque()
        return Equilibrium(residual_T, descent.field_evaluations, descent.iterations, descent.stopped)

    def _relax(self) -> Descent:
        from dataclasses import replace

        from harness.mx3.magnet.solvers import faithful
        from harness.mx3.magnet.solvers.runge_kutta import BOGACKI_SHAMPINE

        session, evolution = self._session, self._session.evolution
        stepper = evolution.stepper(BOGACKI_SHAMPINE, precess=False)
        magnet = session.magnet

        def energy(m: np.ndarray) -> float:
            magnet.move_to(m)
            return magnet.energy()

        descent = faithful.relax(
            stepper,
            session.time.value,
            magnet.columns,
            evolution.dt_s,
            replace(evolution.control, fixed_s=0.0),
            energy,
            self.torque_threshold_T.value,
            session.options.max_evaluations,
        )
        evolution.dt_s, session.last_error = descent.dt_s, stepper.error
        return descent

    def _minimize(self) -> Descent:
        from harness.mx3.magnet.solvers import faithful
        from harness.mx3.magnet.solvers.runge_kutta import landau_lifshitz

        session = self._session
        magnet = session.magnet

        def torque(m: np.ndarray) -> np.ndarray:
            out = np.empty_like(m)
            landau_lifshitz(m, magnet.effective_field(m), session.damping(), False, out)
            return out

        descent = faithful.minimize(
            magnet.columns,
            torque,
            self.smallest_change.value,
            self.samples.value,
            session.options.max_evaluations,
            session.step.value,
        )
        session.last_error = descent.last_change
        return descent


def _checked_samples(value: Any) -> None:
    if not 1 <= value <= MOST_SAMPLES:
        raise ScriptError(None, f"MinimizerSamples must lie between 1 and {MOST_SAMPLES}, got {value}")


def _checked_change(value: Any) -> None:
    if not 0 < value < math.inf:
        raise ScriptError(None, f"MinimizerStop must be a positive number, got {value:g}")
