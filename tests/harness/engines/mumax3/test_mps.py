"""The daemon that lets processes share a GPU ends with the process that started it, however that ends."""

import os
import subprocess
import sys
import time

import pytest

CONTROL = """#!/bin/sh
if [ "$1" = -d ]; then echo "$CUDA_MPS_PIPE_DIRECTORY" > {folder}; else cat > {told}; fi
exit {code}
"""
USER = """
from harness.engines.mumax3.mps import own_mps
with own_mps() as leads:
    print(leads.get("CUDA_MPS_PIPE_DIRECTORY", "none"), flush=True)
    input()
"""


@pytest.fixture
def user(tmp_path, monkeypatch):
    """Starts a process that holds a daemon, of a control program which ends with a code."""

    def start(code: int) -> subprocess.Popen[str]:
        control = tmp_path / "nvidia-cuda-mps-control"
        control.write_text(CONTROL.format(folder=tmp_path / "folder", told=tmp_path / "told", code=code))
        control.chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
        return subprocess.Popen(
            [sys.executable, "-c", USER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    return start


@pytest.mark.parametrize(
    "end", [subprocess.Popen.kill, subprocess.Popen.terminate, subprocess.Popen.communicate]
)
def test_the_daemon_ends_with_its_process(user, tmp_path, end):
    process = user(0)
    folder = process.stdout.readline().strip()
    assert os.path.isdir(folder) and folder == (tmp_path / "folder").read_text().strip()
    end(process)
    process.wait()
    for _ in range(100):
        if not os.path.exists(folder):
            break
        time.sleep(0.1)
    assert not os.path.exists(folder) and (tmp_path / "told").read_text() == "quit\n"


def test_without_a_daemon_processes_take_turns(user, tmp_path):
    process = user(1)
    assert process.communicate()[0].strip() == "none"
    assert not os.path.exists((tmp_path / "folder").read_text().strip())
