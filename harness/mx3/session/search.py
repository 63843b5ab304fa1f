"""Going to an equilibrium: by the engine's own minimiser, or by MuMax3's algorithms on request.

In: a session and its options. Out: its magnetisation at an equilibrium, and a record of how well it was
reached. The solvers are imported where a search begins: they load a compiler, and checking needs none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from harness.mx3.errors import NotConverged, ScriptError
from harness.mx3.files.folders import EVENTS, REJECTED
from harness.mx3.language.expressions import Variable
from harness.mx3.language.signatures import Part
from harness.mx3.session.evolution import Evolution
from harness.mx3.session.parameters import positive
from harness.mx3.session.session import Session

if TYPE_CHECKING:
    from harness.mx3.magnet.branch import BranchFollower
    from harness.mx3.magnet.solvers.equilibrium import Equilibrium
    from harness.mx3.magnet.solvers.faithful import Descent
    from harness.mx3.magnet.stability import Series
    from harness.mx3.session.checkpoint import Checkpoint

MOST_SAMPLES = 100_000


@dataclass(frozen=True)
class Found:
    """What one search ended in."""

    line: int
    """Of the script."""
    event: str
    """"relax" or "minimize"."""
    B_T: tuple[float, ...]
    m: tuple[float, ...]
    """Mean applied field and mean m of the body."""
    verdict: str
    """"minimum", "saddle", "maximum", "undecided", or "" where there is no telling."""
    lambda_min_T: float
    mode: str
    """Smallest curvature of the energy, and what its mode does."""
    remark: str
    """What the verdict rests on, or why there is none."""
    soft_T: tuple[float, ...]
    """Curvatures of turns of the whole state that only the cells resist, left out of `lambda_min_T`."""


class Search(Part):
    """`relax` and `minimize` of one session; the faithful `relax` takes the time steps of its evolution.

    Attributes
    ----------
    smallest_change, samples, torque_threshold_T : Variable
        The script's MinimizerStop, MinimizerSamples and RelaxTorqueThreshold.
    searches, field_evaluations : int
        Searches made and effective fields computed for them.
    residual_T : float
        Largest torque any search ended with, in T.
    warnings : list of str
        A line for each search that did not converge.
    found : list of Found
        What each search ended in, if the session certifies.
    """

    def __init__(self, session: Session, evolution: Evolution) -> None:
        self._session, self._evolution = session, evolution
        self.smallest_change = Variable(float, 1e-6, positive("MinimizerStop"))
        self.samples = Variable(int, 10, _check_samples)
        self.torque_threshold_T = Variable(float, -1.0)
        self.searches = self.field_evaluations = 0
        self.residual_T = 0.0
        self.warnings: list[str] = []
        self.found: list[Found] = []
        self._follower: BranchFollower | None = None
        self._series: Series | None = None
        self._checkpoint: Checkpoint | None = None
        steps = {"MaxErr": evolution.largest_error, "Headroom": evolution.headroom}
        steps |= {"MinDt": evolution.shortest_s, "MaxDt": evolution.longest_s}
        self._unused = {
            "relax": {"RelaxTorqueThreshold": self.torque_threshold_T, **steps},
            "minimize": {"MinimizerStop": self.smallest_change, "MinimizerSamples": self.samples},
        }
        self._told = {(name, v.value) for group in self._unused.values() for name, v in group.items()}

    def run(self, event: str) -> None:
        """Go to the nearest equilibrium, `event` being "relax" or "minimize", and put it on record.

        NotConverged if the search did not converge and the options are strict.
        """
        session, options = self._session, self._session.options
        if not session.searches:
            session.pass_over(event)
            return
        session.sample.note_missing_parameters()
        session.make_due_output()
        if options.leave_saddles:
            self._tell_unused(event)
            found = self._on_branch()
            missed = f"did not reach {max(found.tolerance_T, options.tolerance_T):g} T"
            session.note_error(found.residual_T)
        elif options.algorithm == "fast":
            self._tell_unused(event)
            found = session.sample.magnet.equilibrate(options.tolerance_T, options.max_evaluations)
            missed = f"did not reach {max(found.tolerance_T, options.tolerance_T):g} T"
            session.note_error(found.residual_T)
            if found.iterations == 0 and found.converged:
                self._tell_unstable_start(event, found.residual_T)
        else:
            if (start_T := session.sample.max_torque()) <= options.tolerance_T:
                self._tell_unstable_start(event, start_T)
            found = self._faithfully(event)
            missed = f"was not stopped by MuMax3's rule within {options.max_evaluations} field evaluations"
        session.step.value += found.iterations
        self.searches += 1
        self.field_evaluations += found.field_evaluations
        self.residual_T = max(self.residual_T, found.residual_T)
        session.sample.settle(found.residual_T)
        if session.certifies:
            self._certify(event)
        work: dict[str, float] = {
            "field_evaluations": found.field_evaluations,
            "iterations": found.iterations,
        }
        if options.algorithm == "fast":
            work["tolerance_T"] = found.tolerance_T
        session.record(event, **work)
        summary = f"residual {found.residual_T:.2e} T after {found.field_evaluations} field evaluations"
        if found.tolerance_T > options.tolerance_T:
            summary += f" (rounding floor of {options.float_dtype}: {found.tolerance_T:.2g} T)"
        elif options.algorithm == "fast" and found.tolerance_T < options.tolerance_T:
            summary += f" (a field is weak: went for {found.tolerance_T:.2g} T)"
        if found.converged:
            session.log(f"{event}: {options.algorithm}, {summary}")
            return
        warning = f"{event} {missed}: {summary}"
        self.warnings.append(warning)
        session.log(f"WARNING: {warning}")
        if options.strict:
            raise NotConverged(warning)

    def _on_branch(self) -> Equilibrium:
        """Follow the stable branch to the present field; what happened on the way goes on record."""
        # compiled code: checking a script needs none
        from harness.mx3.magnet.branch import BranchFollower, NotSettled
        from harness.mx3.magnet.stability import NotStationary
        from harness.mx3.session.checkpoint import Outcome

        session, options, magnet = self._session, self._session.options, self._session.sample.magnet
        if self._follower is None:
            self._follower = BranchFollower(options.tolerance_T, options.max_evaluations)
        if (kept := self._checkpoint) is not None and self.searches < kept.made:
            return self._as_kept(kept)
        branch, made_before = self._follower, self._follower.field_evaluations
        try:
            found = branch.follow(magnet)
        except (NotStationary, NotSettled) as error:
            raise NotConverged(str(error)) from None
        except ValueError as error:
            raise ScriptError(None, str(error)) from None
        polished, made = found.polished, branch.field_evaluations - made_before
        goal_T = max(options.tolerance_T, magnet.rounding_floor_T)
        ended = (polished.torque_T, made, polished.steps, polished.torque_T <= goal_T, goal_T)
        numbers = {
            "events": [event.to_dict() for event in branch.events],
            "falls": [fall.to_dict() for fall in branch.falls],
            "certified": (found.lambda_min_T, found.verdict(), found.soft_T),
            "ended": ended,
        }
        branch.events.clear()
        branch.falls.clear()
        if kept is not None and not kept.full:
            try:
                kept.keep(Outcome(magnet.columns, numbers), branch)
            except OSError as error:
                session.log(f"Note: no more checkpoints, a killed run would go on from here: {error}")
        return self._on_record(numbers)

    def _as_kept(self, kept: Checkpoint) -> Equilibrium:
        """The outcome of a search that was made before the run was killed."""
        assert self._follower is not None
        outcome = kept.outcome(self.searches)
        if self.searches == kept.made - 1:
            kept.restore(self._follower)
        self._session.sample.magnet.move_to(outcome.m)
        return self._on_record(outcome.numbers)

    def _on_record(self, numbers: Mapping[str, Any]) -> Equilibrium:
        """Write down what happened on the way to a state, and what that is."""
        from harness.mx3.magnet.solvers.equilibrium import Equilibrium  # compiled code

        output, row = self._session.output, self._session.output.rows
        for event in numbers["events"]:
            output.note(EVENTS, step=row, **event)
        for fall in numbers["falls"]:
            output.note(REJECTED, step=row, **fall)
        self._session.certify(*numbers["certified"])
        return Equilibrium(*numbers["ended"])

    def resume_from(self, folder: Path, loop: str) -> None:
        """Keep a loop that leaves saddles in a folder as it runs, and go on with what is kept of it there."""
        from harness.mx3.session.checkpoint import Checkpoint  # compiled code: checking a script needs none

        session = self._session
        try:
            self._checkpoint = Checkpoint(folder, loop, sorted(session.folders.known_to_read))
        except OSError as error:
            session.log(f"Note: no checkpoints, a killed run would begin anew: {error}")

    def finish(self) -> None:
        """Remove the checkpoint of a loop that is whole."""
        if self._checkpoint is not None:
            self._checkpoint.remove()

    def _certify(self, event: str) -> None:
        """Say of the state a search ended in whether it is a minimum; the state itself stays."""
        from harness.mx3.magnet.stability import Series  # compiled code: checking a script needs none

        session = self._session
        twin = session.sample.twin()
        self._series = self._series or Series()
        applied, m = (
            tuple(round(c, 7) + 0.0 for c in twin.average(v)) for v in (twin.field("zeeman"), twin.m)
        )
        soft_T: tuple[float, ...] = ()
        try:
            found = self._series.of(twin)
        except ValueError as reason:
            known = ("", float("nan"), "", str(reason))
            session.log(f"{event}: no telling whether it is a minimum: {reason}")
        else:
            soft_T = found.soft_T
            mode = "" if (i := found.decisive) is None else found.names[i]
            known = (found.verdict(), found.lambda_min_T, mode, found.basis())
            soft = "".join(f"; soft mode {value:.4g} T, left out" for value in soft_T)
            session.log(f"{event}: {known[0]}, lambda_min = {found.lambda_min_T:.4g} T, {mode}{soft}")
        session.certify(known[1], known[0], soft_T, mode=known[2], line=session.line)
        self.found.append(Found(session.line, event, applied, m, *known, soft_T))

    def _tell_unused(self, event: str) -> None:
        """Note in the log, once each, settings of MuMax3's own algorithm that the fast one has no use for."""
        for name, variable in self._unused[event].items():
            if (name, variable.value) not in self._told:
                self._told.add((name, variable.value))
                goal = f"goes on to a torque of {self._session.options.tolerance_T:g} T (--tolerance)"
                unused = f"{name} = {variable.value:g} is not used by the fast {event}, which {goal}"
                self._session.log(f"Note: {unused}; --faithful uses it")

    def _tell_unstable_start(self, event: str, torque_T: float) -> None:
        """Warn in the log of a start at rest that a common rotation of all spins would lower."""
        if axis := self._session.sample.magnet.lowering_rotation():
            about = ", ".join(f"{c:.2f}" for c in axis)
            turn = f"a small turn of all spins about ({about}) lowers the energy"
            start = f"{event} starts at rest (torque {torque_T:.2g} T) on a maximum or saddle"
            self._session.log(f"WARNING: {start}: {turn}; tilt m or B_ext a little to leave it")

    def _faithfully(self, event: str) -> Equilibrium:
        """Search by MuMax3's algorithm of that name; converged means that its rule stopped it."""
        # compiled code: checking a script needs none
        from harness.mx3.magnet.solvers.equilibrium import Equilibrium
        from harness.mx3.magnet.solvers.runge_kutta import StepTooShort

        session = self._session
        time_s = session.time.value
        try:
            descent, error = self._relax() if event == "relax" else self._minimize()
        except StepTooShort as too_short:
            raise ScriptError(None, f"{event}: {too_short}: check the parameters") from None
        finally:
            session.time.value = time_s
        session.sample.move_to(descent.m)
        session.note_error(error)
        residual_T = session.sample.magnet.max_torque()
        return Equilibrium(residual_T, descent.field_evaluations, descent.iterations, descent.stopped)

    def _relax(self) -> tuple[Descent, float]:
        """Where MuMax3's relaxation stops, and the error of its last step."""
        from harness.mx3.magnet.solvers import faithful  # compiled code: checking a script needs none
        from harness.mx3.magnet.solvers.runge_kutta import BOGACKI_SHAMPINE

        session, evolution = self._session, self._evolution
        stepper = evolution.stepper(BOGACKI_SHAMPINE, precess=False)
        magnet = session.sample.magnet

        def energy(m: np.ndarray) -> float:
            magnet.move_to(m)
            return magnet.energy()

        control, most = replace(evolution.control, fixed_s=0.0), session.options.max_evaluations
        start = (session.time.value, magnet.columns, evolution.dt_s, control)
        descent = faithful.relax(stepper, *start, energy, self.torque_threshold_T.value, most)
        evolution.dt_s = descent.dt_s
        return descent, stepper.error

    def _minimize(self) -> tuple[Descent, float]:
        """Where MuMax3's minimiser stops, and the largest change of m in its last steps."""
        from harness.mx3.magnet.solvers import faithful  # compiled code: checking a script needs none
        from harness.mx3.magnet.solvers.runge_kutta import landau_lifshitz

        session, sample, magnet = self._session, self._session.sample, self._session.sample.magnet

        def torque(m: np.ndarray) -> np.ndarray:
            out = np.empty_like(m)
            landau_lifshitz(m, magnet.effective_field(m), sample.damping(), False, out)
            return out

        rule = (self.smallest_change.value, self.samples.value, session.options.max_evaluations)
        descent = faithful.minimize(magnet.columns, torque, *rule, session.step.value)
        return descent, descent.last_change


def _check_samples(value: int) -> None:
    if not 1 <= value <= MOST_SAMPLES:
        raise ScriptError(None, f"MinimizerSamples must lie between 1 and {MOST_SAMPLES}, got {value}")
