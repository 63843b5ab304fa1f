"""Files a script reads: OVF files of its own folder or of the output folder.

In: a name from a script, which is not trusted. Out: the numbers of the file, or a ScriptError.
"""

from __future__ import annotations

from harness.mx3.errors import ScriptError
from harness.mx3.files.folders import Folders
from harness.mx3.files.ovf import OvfError, read_ovf
from harness.mx3.language.values import Mask


def load(folders: Folders, name: str) -> Mask:
    """Numbers of an OVF file; ScriptError if it is missing, elsewhere, or not readable.

    One vector along z, which any state may be, if the folders are to go on without.
    """
    try:
        return _load(folders, name)
    except ScriptError:
        if folders.unread is None:
            raise
        folders.unread.append(name)
        mask = Mask.zeros(3, 1, 1, 1)
        mask.array[2] = 1.0
        return mask


def _load(folders: Folders, name: str) -> Mask:
    path = folders.to_read(name)
    if not path.is_file():
        raise ScriptError(None, folders.not_found(name))
    try:
        return Mask(read_ovf(path).m.copy())  # a mask may be written
    except OvfError as error:
        raise ScriptError(
            None, f'"{path.name}" is not a readable OVF file: {error.why}; {error.remedy}'
        ) from None
