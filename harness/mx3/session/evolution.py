"""Letting time pass: the solver settings of a script and the steps it takes with them.

In: a session, whose magnetisation, parameters and time it reads and moves. Out: a later state, with every
scheduled output made on the way. The integrator is imported where time passes: it loads a compiler.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from harness.mx3.errors import ScriptError
from harness.mx3.language.expressions import Variable
from harness.mx3.language.signatures import Part
from harness.mx3.session.parameters import positive
from harness.mx3.session.session import Session

if TYPE_CHECKING:
    from harness.mx3.magnet.solvers.runge_kutta import RungeKutta, StepControl, Tableau

GAMMA = 1.7595e11
"""MuMax3's gyromagnetic ratio in rad/(T s)."""
_DORMAND_PRINCE = 5
_SMALLEST_SHARE = 1e-6
"""A remainder of the time asked for, in steps, that is rounding and not worth a step of its own."""


class Evolution(Part):
    """Time integration of one session.

    Attributes
    ----------
    gamma, precess, shortest_s, longest_s, largest_error, headroom, fixed_s : Variable
        The script's GammaLL, DoPrecess, MinDt, MaxDt, MaxErr, Headroom and FixDt.
    method : int
        The script's SetSolver.
    dt_s : float
        The step to try next, kept from run to run as MuMax3 does.
    evaluations : int
        Torques computed.
    """

    def __init__(self, session: Session) -> None:
        self.session = session
        self.gamma = Variable(float, GAMMA, positive("GammaLL"))
        self.precess = Variable(bool, True)
        self.shortest_s = Variable(float, 0.0, positive("MinDt", or_zero=True))
        self.longest_s = Variable(float, 0.0, positive("MaxDt", or_zero=True))
        self.largest_error = Variable(float, 1e-5, positive("MaxErr"))
        self.headroom = Variable(float, 0.8, positive("Headroom"))
        self.fixed_s = Variable(float, 0.0, positive("FixDt", or_zero=True))
        self.method = _DORMAND_PRINCE
        self.dt_s = 1e-15
        self.taken_s = self.dt_s
        self.evaluations = 0

    @property
    def control(self) -> StepControl:
        """Bounds on steps, as the script has set them."""
        # compiled code: checking a script needs none
        from harness.mx3.magnet.solvers.runge_kutta import StepControl

        bounds = (self.largest_error, self.headroom, self.shortest_s, self.longest_s, self.fixed_s)
        return StepControl(*(bound.value for bound in bounds))

    def stepper(self, tableau: Tableau, *, precess: bool) -> RungeKutta:
        """Steps of a method from the session's present state, with its parameters at each moment."""
        # compiled code: checking a script needs none
        from harness.mx3.magnet.solvers.runge_kutta import RungeKutta, landau_lifshitz

        session, sample = self.session, self.session.sample

        def torque(time_s: float, m: np.ndarray, out: np.ndarray) -> None:
            session.time.value = time_s
            landau_lifshitz(m, sample.magnet.effective_field(m), sample.damping(), precess, out)

        return RungeKutta(tableau, torque, self.gamma.value)

    def advance(self, condition: Callable[[], bool], stop_s: float = math.inf) -> None:
        """Take steps as long as a condition holds, the last of them cut short at a time, in s."""
        if not self.session.searches:
            until_s = stop_s if math.isfinite(stop_s) else self.session.time.value
            self.session.pass_over("run", until_s)
            self.session.time.value = until_s
            return
        # compiled code: checking a script needs none
        from harness.mx3.magnet.solvers.runge_kutta import TABLEAUX, StepTooShort

        session, sample = self.session, self.session.sample
        sample.note_missing_parameters()
        stepper = self.stepper(TABLEAUX[self.method], precess=self.precess.value)
        session.make_due_output()
        while condition():
            before_s, done = session.time.value, stepper.evaluations
            left_s = stop_s - before_s
            clipped = not self.fixed_s.value and self.dt_s > left_s
            dt_s = left_s if clipped else self.dt_s
            try:
                m, self.taken_s, following_s = stepper.step(
                    before_s, sample.magnet.columns, dt_s, self.control
                )
            except StepTooShort as error:
                session.time.value = before_s
                raise ScriptError(None, f"{error}: check the parameters, MaxErr and FixDt") from None
            self.evaluations += stepper.evaluations - done
            # a step cut short by the end of the run says nothing against the longer one
            self.dt_s = max(self.dt_s, following_s) if clipped and self.taken_s == left_s else following_s
            ended = abs(left_s - self.taken_s) <= _SMALLEST_SHARE * self.taken_s
            session.time.value = stop_s if ended else before_s + self.taken_s
            session.step.value += 1
            sample.move_to(m)
            session.note_error(stepper.error)
            session.make_due_output()
