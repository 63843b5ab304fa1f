"""A real Slurm of one node on loopback, for tests and to try things by hand; needs slurm-wlm and munge.

In: a command, or none for a shell. Out: its exit code, and the cluster gone.
By hand: python tests/slurm/cluster.py [COMMAND...]; squeue, scancel and mxval run --slurm find the cluster.
Everything it writes is in one temporary folder; no systemd, no cgroups, no accounting, and no root needed.
"""

from __future__ import annotations

import ctypes
import getpass
import os
import resource
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "srun", "squeue", "scontrol", "scancel")
PATIENCE_S = 60.0
CONFIGURATION = """
ClusterName=loopback
SlurmctldHost=localhost(127.0.0.1)
SlurmctldPort={controller_port}
SlurmdPort={node_port}
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
SwitchType=switch/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SlurmdParameters=config_overrides
GresTypes=gpu
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
ReturnToService=2
SlurmdTimeout=10
KillWait=5
NodeName=localhost NodeAddr=127.0.0.1 CPUs=8 Gres=gpu:2 State=UNKNOWN
PartitionName=main Nodes=localhost Default=YES MaxTime=INFINITE PriorityTier=1
PartitionName=urgent Nodes=localhost MaxTime=INFINITE PriorityTier=2
"""


def missing() -> str | None:
    """Why no cluster can be started here, None if one can."""
    absent = [name for name in PROGRAMS if not _program(name)]
    return f"no {', '.join(absent)}: apt-get install slurm-wlm munge" if absent else None


class Cluster:
    """A Slurm that runs between enter and exit; `environment` lets its commands find it."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="slurm-"))
        self.environment = os.environ | {"SLURM_CONF": str(self.folder / "slurm.conf")}
        self._daemons: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> Cluster:
        try:
            self._configure()
            key, sock = self.folder / "munge.key", self.folder / "munge.socket"
            files = [f"--{kind}-file={self.folder}/munge.{kind}" for kind in ("log", "pid", "seed")]
            self._start("munged", "--foreground", "--force", f"--key-file={key}", f"--socket={sock}", *files)
            self._await("munged", sock.is_socket)
            self._start("slurmctld", "-D", "-c", "-L", str(self.folder / "slurmctld.log"))
            self._await("slurmctld", lambda: self.run("scontrol", "ping").returncode == 0)
            self.start_node()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End every job and daemon, whatever happened, and remove the folder."""
        if "slurmctld" in self._daemons:
            self.run("scancel", "--user", getpass.getuser())
        self.kill_node()
        for daemon in reversed(self._daemons.values()):
            daemon.terminate()
        for daemon in self._daemons.values():
            try:
                daemon.wait(timeout=10)
            except subprocess.TimeoutExpired:
                daemon.kill()
                daemon.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """A command of Slurm, or any, on this cluster."""
        return subprocess.run(command, env=self.environment, capture_output=True, text=True, timeout=60)

    def start_node(self) -> None:
        """Start the node's daemon and wait until the controller counts on it."""
        self._start("slurmd", "-D", "-N", "localhost", "-L", str(self.folder / "slurmd.log"))
        self._await("slurmd", lambda: self.node_state() in ("idle", "mixed", "allocated"))

    def kill_node(self) -> None:
        """Kill the node: its daemon and whatever runs on it, at once and without a word."""
        if slurmd := self._daemons.pop("slurmd", None):
            slurmd.kill()
            slurmd.wait()
        for pid in self._on_the_node():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue

    def node_state(self) -> str:
        """What the controller says of the node: idle, mixed, down*."""
        return self.run("sinfo", "--noheader", "--Node", "--partition=main", "-o", "%T").stdout.strip()

    def _on_the_node(self) -> list[int]:
        """Processes of this cluster's jobs: those that know its configuration and a job."""
        found = []
        for place in Path("/proc").glob("[0-9]*"):
            try:
                known = (place / "environ").read_bytes().split(b"\0")
                command = (place / "cmdline").read_bytes()
            except OSError:  # gone, or somebody else's
                continue
            ours = f"SLURM_CONF={self.folder}/slurm.conf".encode() in known
            if ours and (b"slurmstepd" in command or any(k.startswith(b"SLURM_JOB_ID=") for k in known)):
                found.append(int(place.name))
        return [pid for pid in found if pid != os.getpid()]

    def _configure(self) -> None:
        for name in ("state", "spool"):
            (self.folder / name).mkdir(mode=0o755)
        key = self.folder / "munge.key"
        key.write_bytes(secrets.token_bytes(1024))
        key.chmod(0o400)
        ports = dict(zip(("controller_port", "node_port"), _free_ports(2), strict=True))
        text = CONFIGURATION.format(folder=self.folder, user=getpass.getuser(), **ports)
        (self.folder / "slurm.conf").write_text(text)
        (self.folder / "gres.conf").write_text("Name=gpu File=/dev/null\nName=gpu File=/dev/zero\n")

    def _start(self, name: str, *arguments: str) -> None:
        with (self.folder / f"{name}.console").open("wb") as console:
            self._daemons[name] = subprocess.Popen(
                [_program(name) or name, *arguments],
                env=self.environment,
                cwd=self.folder,
                stdout=console,
                stderr=console,
                start_new_session=True,  # Ctrl-C is for the command
                preexec_fn=_tidily,
            )

    def _await(self, name: str, ready: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while not ready():
            if self._daemons[name].poll() is not None or time.monotonic() > deadline:
                said = [self.folder / f"{name}.{kind}" for kind in ("console", "log")]
                lines = "\n".join(file.read_text(errors="replace") for file in said if file.exists())
                raise RuntimeError(f"{name} does not start:\n{lines[-3000:]}")
            time.sleep(0.1)


def _program(name: str) -> str | None:
    """A program of Slurm; daemons are not on every user's PATH."""
    return shutil.which(name, path=os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/sbin")))


def _tidily() -> None:
    """Have the kernel end a daemon with this process, be it by kill -9, and dump no core if it crashes."""
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _free_ports(count: int) -> list[int]:
    """Ports of the loopback device that nobody uses now."""
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def _stop(number: int, frame: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    if why := missing():
        sys.exit(why)
    signal.signal(signal.SIGTERM, _stop)
    with Cluster() as cluster:
        command = sys.argv[1:] or [os.environ.get("SHELL", "/bin/sh")]
        try:
            code: int | str = subprocess.run(command, env=cluster.environment).returncode
        except OSError as error:
            code = f"{command[0]}: {error.strerror}; give a command, or none for a shell"
    sys.exit(code)
