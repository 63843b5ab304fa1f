"""Where things stand on a page and beside it.

In: a result or a file. Out: its anchor on the page, its address from the page's folder.
"""

import os
from pathlib import Path
from urllib.parse import quote

from harness.analysis.result import CaseResult


def anchor(result: CaseResult) -> str:
    """Where a case stands on the page."""
    return "case-" + "".join(c if c.isalnum() or c in "-_." else "_" for c in result.folder.name)


def link(target: Path, folder: Path) -> str:
    """Address of a file relative to the report's folder, quoted for HTML."""
    return quote(Path(os.path.relpath(target, folder)).as_posix())
