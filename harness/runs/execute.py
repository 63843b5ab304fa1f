"""From a planned run to a finished folder.

In: a PlannedRun and its engine. Out: its RunFolder, done: script, masks, output and record, all checked.
What is done is kept; a run that fails says why in its record. Nothing is analysed here.
"""

import time
from contextlib import suppress

from harness.engines.base import Engine, EngineError, OnProgress, require_room, storage_faults
from harness.runs import provenance
from harness.runs.convergence import torque_limit, unsettled_warning
from harness.runs.descent import fault_warning, faults_of
from harness.runs.folder import RunFolder
from harness.runs.output import check
from harness.runs.plan import PlannedRun


def execute(
    run: PlannedRun,
    engine: Engine,
    on_progress: OnProgress = lambda rows: None,
    *,
    redo: bool = False,
    slot: int = 0,
) -> RunFolder:
    """Run a case unless it is done; returns its folder, in the state done.

    Parameters
    ----------
    run : PlannedRun
    engine : Engine
        The one it was planned for.
    on_progress : callable
        Called with the number of rows written, 0 when the engine is about to start.
    redo : bool
        Run a finished case anew; if that fails, what was done before is put back.
    slot : int
        Number of the GPU.

    Raises
    ------
    EngineError
        One of its kinds, after the run was recorded as failed; RunBusy if another process is at work on it.
    """
    folder = run.folder
    with storage_faults(folder.path):
        if not redo and folder.state() == "done":  # to read it takes no lock, so nobody is kept from it
            return folder
    with storage_faults(folder.path), folder.lock():
        if redo:
            folder.forget_checkpoint()
        if redo or folder.state() != "done":
            require_room(folder.path, output_bytes(run))
            _execute(run, engine, on_progress, slot)
    return folder


def abandon(run: PlannedRun, error: EngineError) -> None:
    """Record that a run failed whose own process can no longer say so."""
    with storage_faults(run.folder.path), run.folder.lock():
        if (record := run.folder.record()) and record.state != "done":
            run.folder.fail(record.updated(finished=provenance.now()), error)


def output_bytes(run: PlannedRun) -> int:
    """Room a run needs at most: masks and saved states in float32, table and log by the row.

    A loop that leaves saddles also keeps each field's state in double while it runs, and twice the follower's
    memory: modes of three states.
    """
    case = run.case
    n_cells, n_fields, n_states = case.lattice.n_cells, len(case.field_values_T), len(case.saved_steps)
    checkpoint = 24 * n_cells * (n_fields + 40) + 3000 * n_fields if run.options.get("leave_saddles") else 0
    return 12 * n_cells * (n_states + 3) + 1000 * n_fields + 1_000_000 + checkpoint


def _execute(run: PlannedRun, engine: Engine, on_progress: OnProgress, slot: int) -> None:
    """Prepare, run, check; the record says how far it came, and done last."""
    folder, total = run.folder, len(run.case.field_values_T)
    former = folder.record()
    record = run.record(engine).updated(earlier=former.tries() if former else ())
    script = folder.prepare(run.rendered, record)
    record = record.updated(state="running", started=provenance.now())
    record.write(folder.path)
    clock = time.monotonic()
    try:
        with storage_faults(folder.path):
            on_progress(0)
            try:
                ended = engine.run(
                    script,
                    folder.out,
                    run.options,
                    slot=slot,
                    on_progress=lambda rows: on_progress(min(rows, total)),
                )
            finally:  # the engine's own time: reading and checking come after
                took = round(time.monotonic() - clock, 3)
                record = record.updated(finished=provenance.now(), wall_s=took)
            loop, details = check(folder.out, run.case), dict(ended.details or {})
            faulty = fault_warning(faults_of(loop, run.case), run.case)
            unsettled = unsettled_warning(loop, torque_limit(run.case, engine.name, details))
            record = record.updated(
                engine_version=ended.version,
                warnings=(*ended.warnings, *faulty, *unsettled),
                details=details,
                outputs=folder.output_hashes(),
            )
            folder.finish(record)
    except EngineError as error:
        with suppress(OSError):  # on a full disk the state stays running, which reads as interrupted
            folder.fail(record, error)
        raise
