"""The notebooks below docs/notebooks, executed.

    python -m benchmarks.notebooks

In: their cells. Out: the same files with what the cells gave; no times, so that only what changed differs.
"""

import os
from pathlib import Path

import nbformat
from nbclient import NotebookClient

ROOT = Path(__file__).parents[1]


def executed(notebook: Path) -> nbformat.NotebookNode:
    """A notebook run from its first cell to its last, where it lies; raises if a cell does."""
    found = nbformat.read(notebook, as_version=4)
    place = {"metadata": {"path": str(notebook.parent)}}
    paths = filter(None, (str(ROOT), os.environ.get("PYTHONPATH")))
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(paths)}
    client = NotebookClient(found, timeout=300, kernel_name="python3", record_timing=False, resources=place)
    client.execute(env=environment)
    found.metadata["language_info"] = {"name": "python"}
    return found


if __name__ == "__main__":
    for each in sorted((ROOT / "docs" / "notebooks").glob("*.ipynb")):
        nbformat.write(executed(each), each)
