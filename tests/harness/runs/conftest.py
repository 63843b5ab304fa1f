"""What tests of runs share."""

import shutil

import pytest

from .foreign.loops import OOMMF


@pytest.fixture
def loop(tmp_path):
    """A copy of OOMMF's loop that a test may spoil."""
    return shutil.copytree(OOMMF, tmp_path / "loop")
