"""Build hook: a wheel carries the templates, the shipped studies and results as data of `harness`.

In: the build target's version.
Out: files to include; none for an editable install, which reads the originals.
"""

from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

DATA = {
    "templates": "harness/_data/templates",
    "mumax_runs/studies": "harness/_data/studies",
    "docs/results/continuum": "harness/_data/continuum",
    "CITATION.cff": "harness/_data/CITATION.cff",
}


class PackageData(BuildHookInterface):
    """Adds the data folders to a standard wheel."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "standard":
            build_data["force_include"].update(DATA)
