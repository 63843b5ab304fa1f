"""How this machine runs MuMax3: the user's settings, apart from any study.

In: $XDG_CONFIG_HOME/mxval/config.toml (~/.config/mxval/config.toml), if there is one. Out: a Configuration.
Nothing here changes a result, so nothing here belongs to a run's identity.
"""

import os
from pathlib import Path
from typing import Annotated

from pydantic import Field

from harness.inputs import StrictModel, checked, read_toml


class Configuration(StrictModel):
    """Settings of a machine or a user."""

    mumax3: str | None = None
    """path of the MuMax3 program; $MUMAX3 comes before it, PATH after it"""
    kernel_cache: str | None = None
    """folder for MuMax3's kernels; ~/.cache/mxval/mumax3-kernels if not given"""
    patience_min: Annotated[float, Field(gt=0, le=7 * 24 * 60)] = 30.0
    """minutes MuMax3 may run without writing anything before it counts as hanging"""


def configuration() -> Configuration:
    """The settings in force; raises InputError for a file that is no TOML and for every bad key or value."""
    file = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "mxval" / "config.toml"
    try:
        values = read_toml(file)
    except FileNotFoundError:
        return Configuration()
    return checked(Configuration, values, source=str(file))
