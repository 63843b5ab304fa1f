"""A stand-in for the MuMax3 program, for faults only: its arguments, messages, exit codes and partial files.

It computes nothing: rows and states are copied from a folder of answers; what it writes is never a result.
Environment: STAND_IN_ANSWERS, a folder <sha256 of the script>/ for each script it knows; STAND_IN_FAULT, what
goes wrong; STAND_IN_AT, the row at which it does; STAND_IN_PACE_S, seconds between rows. For many runs at a
time: STAND_IN_FAULTS, a folder with a file <case> that says what goes wrong there, "once" or always;
STAND_IN_ROOM, how many fit a GPU's memory, counted in the folder STAND_IN_PRESENT; STAND_IN_LOST, a GPU that
fails under its first run and is then gone.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

BANNER = """//mumax 3.11.1 [linux_amd64 go1.24.1(gc) CUDA-12.6]
//commit hash: 0000000
//CPU info: stand-in, Cores: 1, MHz: 1
//GPU info: Stand-in GPU(1MB), CUDA Driver 12.6, cc=9.0, using cc=90 PTX
//OS  info: stand-in, Hostname: stand-in
//(c) Arne Vansteenkiste, Dynamat LAB, Ghent University, Belgium"""

GPUS = 2
"""How many there are."""

SAYS = {
    "script": (1, "/src/main.go:107 script line 12: foo(1): undefined: foo"),
    "syntax": (1, "/src/main.go:107 script line 13:8: expected operand, found 'EOF' (and 2 more errors): "),
    "expect": (1, "//m_z :  have:  0.5  want:  1 ± 0.001\n//********//\n//   * Vansteenkiste et al."),
    "panic": (2, "panic: something went wrong\n\ngoroutine 1 [running, locked to thread]:\nmain.main()"),
    "memory": (1, "CUDA_ERROR_OUT_OF_MEMORY"),
    "gpu": (2, "panic: CUDA_ERROR_LAUNCH_FAILED"),
    "driver": (1, "/src/init.go:61 Unknown CUresult: 803"),
    "disk": (1, "/src/table.go:57 httpfs append out/table.txt: write out/table.txt: no space left on device"),
    "shared": (
        1,
        "/src/table.go:41 httpfs: file size mismatch, possible concurrent access. size=2 B, expected=1 B",
    ),
}
"""Exit code and last words of the faults that end it."""


def spoil(out: Path, fault: str) -> None:
    """Faults of the files, with exit code 0: MuMax3 ignores what goes wrong while it closes a state."""
    table, states = out / "table.txt", sorted(out.glob("m_step*.ovf"))
    if fault == "nan":
        lines = table.read_text().splitlines()
        table.write_text("\n".join([*lines[:-1], "\t".join(["0"] + ["NaN"] * (lines[-1].count("\t"))), ""]))
    elif fault == "truncated table":
        table.write_text(table.read_text()[:-30])
    elif fault == "lost rows":
        table.write_text("\n".join([*table.read_text().splitlines()[:-2], ""]))
    elif fault == "no table":
        table.unlink()
    elif fault == "missing state":
        states[-1].unlink()
    elif fault == "short state":
        states[-1].write_bytes(states[-1].read_bytes()[:-500])
    elif fault == "empty state":
        states[-1].write_bytes(b"")
    elif fault == "other row's state":
        shutil.copy(states[0], states[-1])
    elif fault == "foreign state":
        shutil.copy(Path(os.environ["STAND_IN_FOREIGN"]), states[-1])


def main() -> None:
    arguments, fault = sys.argv[1:], os.environ.get("STAND_IN_FAULT", "")
    if fault == "no gpu":
        print("/src/init.go:61 CUDA_ERROR_NO_DEVICE", file=sys.stderr)
        sys.exit(1)
    if "-gpu" in arguments and int(arguments[arguments.index("-gpu") + 1]) >= GPUS:
        print("/src/init.go:61 CUDA_ERROR_INVALID_DEVICE", file=sys.stderr)
        sys.exit(1)
    lost = device_is_lost("-test" in arguments)
    print(BANNER, flush=True)
    if "-test" in arguments:
        return
    out, script = Path(arguments[arguments.index("-o") + 1]), Path(arguments[-1])
    fault = "gpu" if lost else fault or fault_of(script)
    if fault == "driver":
        end(fault)
    print(f"//output directory: {out}/\n" + " ".join(arguments), flush=True)
    if fault in ("script", "syntax"):
        end(fault)
    kernels = Path(arguments[arguments.index("-cache") + 1])
    out.mkdir(exist_ok=True)
    kernel = kernels / "mumax3kernel_stand_in_00.ovf"
    print(f"//{'Using cached kernel' if kernel.exists() else 'Did not use cached kernel'}", flush=True)
    if not kernel.exists():
        kernel.write_text("half")
    if fault == "ignores SIGTERM":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    (out / "pid").write_text(str(os.getpid())) if fault else None
    answer = Path(os.environ["STAND_IN_ANSWERS"]) / hashlib.sha256(script.read_bytes()).hexdigest()
    with present() as crowd:
        copy_slowly(answer, out, "memory" if crowd else fault, script)
    kernel.exists() and not kernel.is_symlink() and kernel.write_text("whole")
    (out / "pid").unlink(missing_ok=True)
    spoil(out, fault)


def device_is_lost(test: bool) -> bool:
    """Whether this GPU fails now; a test of it says so itself, once it has."""
    device = os.environ.get("CUDA_VISIBLE_DEVICES", "")
    if not device or device != os.environ.get("STAND_IN_LOST"):
        return False
    gone = Path(os.environ["STAND_IN_PRESENT"]) / "gone"
    if test and gone.exists():
        print("/src/init.go:61 CUDA_ERROR_NO_DEVICE", file=sys.stderr)
        sys.exit(1)
    if not test:
        gone.touch()
    return not test


def fault_of(script: Path) -> str:
    """What goes wrong in this run, by its case's name."""
    folder, case = os.environ.get("STAND_IN_FAULTS"), script.parent.name.rpartition("-")[0]
    if not folder or not (file := Path(folder) / case).exists():
        return ""
    words = file.read_text()
    if words.startswith("once "):
        file.unlink()
    return words.removeprefix("once ")


@contextmanager
def present() -> Iterator[bool]:
    """Be counted among those on this GPU; yields whether they are too many for its memory."""
    if "STAND_IN_ROOM" not in os.environ:
        yield False
        return
    name = f"{os.environ.get('CUDA_VISIBLE_DEVICES', '')}."
    folder = Path(os.environ["STAND_IN_PRESENT"])
    mine = folder / f"{name}{os.getpid()}"
    mine.touch()
    try:
        time.sleep(0.3)
        yield len(list(folder.glob(f"{name}*"))) > int(os.environ["STAND_IN_ROOM"])
    finally:
        mine.unlink()


def copy_slowly(answer: Path, out: Path, fault: str, script: Path) -> None:
    """Rows one by one, each with its state, and the fault where it is due."""
    header, *rows = (answer / "table.txt").read_text().splitlines()
    at, pace = int(os.environ.get("STAND_IN_AT", 3)), float(os.environ.get("STAND_IN_PACE_S", 0))
    (out / "log.txt").write_text(BANNER + "\n")
    with (out / "table.txt").open("w") as table:
        table.write(header + "\n")
        for number, row in enumerate(rows):
            if number == at and fault in SAYS:
                print("m = uniform(0, 0, 1)", flush=True)
                end(fault)
            if number == at and fault in ("hangs", "ignores SIGTERM"):
                time.sleep(3600)
            if number == at and fault in ("killed", "worker killed"):
                os.kill(os.getpid() if fault == "killed" else os.getppid(), signal.SIGKILL)
                time.sleep(60)
            table.write(row + "\n")
            table.flush()
            state = answer / f"m_step{number:06d}.ovf"
            if state.exists():
                shutil.copy(state, out)
            time.sleep(pace)


def end(fault: str) -> None:
    code, words = SAYS[fault]
    print(words, file=sys.stderr, flush=True)
    sys.exit(code)


if __name__ == "__main__":
    main()
