"""Files a script reads: OVF files of its own folder or of the output folder.

In: a name from a script, which is not trusted. Out: the numbers of the file, or a ScriptError.
"""

from __future__ import annotations

from harness.mx3.errors import ScriptError
from harness.mx3.files.folders import Folders
from harness.mx3.files.ovf import OvfError, read_ovf
from harness.mx3.language.values import Mask


def load(folders: Folders, name: str) -> Mask:
    """Numbers of an OVF file; ScriptError if it is missing, elsewhere, or not readable."""
    path = folders.to_read(name)
    if not path.is_file():
        raise ScriptError(None, folders.not_found(name))
    try:
        return Mask(read_ovf(path).m.copy())  # a mask may be written
    except OvfError as error:
        raise ScriptError(
            None, f'"{path.name}" is not a readable OVF file: {error.why}; {error.remedy}'
        ) from None
