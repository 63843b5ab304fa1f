"""What MuMax3's exit codes and messages become: a kind, one line, a remedy."""

import pytest

from harness.engines.base import (
    CheckFailed,
    DiskFull,
    DriverMismatch,
    EngineCrashed,
    EngineKilled,
    EngineMissing,
    FolderNotWritable,
    GpuFailed,
    GpuMemoryFull,
    OutputForeign,
    ScriptError,
)
from harness.engines.mumax3.messages import explain, gpu_in, warnings_in

LOADER = "mumax3: error while loading shared libraries: {}: cannot open shared object file"

ENDS = {
    "unknown name": (
        1,
        "/src/main.go:107 script line 12: foo(): undefined: foo",
        ScriptError,
        "script line 12: foo(): undefined: foo",
    ),
    "syntax": (
        1,
        "/src/main.go:107 script line 13:8: expected ')', found newline (and 2 more errors): ",
        ScriptError,
        "script line 12: expected ')', found newline (and 2 more errors)",
    ),
    "failed expect": (
        1,
        "//m :  have:  1  want:  2 ± 0.1\n//****//\n//Please cite the following\n//   * Vansteenkiste",
        CheckFailed,
        "m :  have:  1  want:  2 ± 0.1",
    ),
    "wrong type": (
        1,
        '/src/main.go:114 script line 2: Msat = "x": type mismatch: can not use type string as Y',
        ScriptError,
        'script line 2: Msat = "x": type mismatch',
    ),
    "stub of a driver": (1, "/src/init.go:61 Unknown CUresult: 34", EngineMissing, "a stub to build with"),
    "gpu held": (2, "panic: Unknown CUresult: 46", EngineMissing, "held by another program"),
    "gpus not ready": (1, "/src/init.go:61 Unknown CUresult: 802", EngineMissing, "nvidia-fabricmanager"),
    "transform memory": (2, "panic: CUFFT_ALLOC_FAILED", GpuMemoryFull, "memory is full; take larger cells"),
    "transform": (2, "panic: CUFFT_INTERNAL_ERROR", GpuFailed, "the GPU failed in the middle"),
    "segmentation": (
        2,
        "SIGSEGV: segmentation violation\nPC=0x0\n\ngs 0x0",
        EngineCrashed,
        "2: SIGSEGV: segment",
    ),
    "no output folder": (
        2,
        "panic: open /x/out/log.txt: no such file or directory",
        FolderNotWritable,
        "the output folder cannot be made",
    ),
    "long file": (-25, "", DiskFull, "raise the limit (ulimit -f)"),
    "long file, in words": (2, "SIGXFSZ: file size limit exceeded", DiskFull, "raise the limit (ulimit -f)"),
    "fatal": (1, "SetGeom: geometry completely empty", ScriptError, "geometry completely empty"),
    "missing file": (
        1,
        "/src/util.go:80 open position.ovf: no such file or directory",
        ScriptError,
        "open position.ovf: no such file",
    ),
    "no gpu": (1, "/src/init.go:61 CUDA_ERROR_NO_DEVICE", EngineMissing, "no NVIDIA GPU is visible; check"),
    "wrong gpu": (
        2,
        "panic: CUDA_ERROR_INVALID_DEVICE",
        EngineMissing,
        "no GPU of this number; choose another",
    ),
    "old driver": (
        1,
        "/src/init.go:61 Unknown CUresult: 35",
        DriverMismatch,
        "too old for this MuMax3; update",
    ),
    "old driver, new code": (1, "Unknown CUresult: 222", DriverMismatch, "driver is too old"),
    "driver half updated": (1, "Unknown CUresult: 803", DriverMismatch, "restart the machine"),
    "new gpu": (
        1,
        "CUDA_ERROR_NO_BINARY_FOR_GPU",
        EngineMissing,
        "no kernels for this GPU; take one built for",
    ),
    "new gpu, in words": (
        1,
        "No binary for GPU. Your nvidia driver may be out-of-date",
        DriverMismatch,
        "no kernels for this GPU, or the driver is too old",
    ),
    "old gpu": (1, "GPU has insufficient compute capability, need 2.0", EngineMissing, "GPU is too old"),
    "no device file": (
        1,
        "CUDA_ERROR_UNKNOWN\n Try running: sudo nvidia-modprobe -u",
        EngineMissing,
        "nvidia-modprobe",
    ),
    "no driver": (127, LOADER.format("libcuda.so.1"), EngineMissing, "no NVIDIA driver here"),
    "no library": (127, LOADER.format("libcufft.so.10"), EngineMissing, "LD_LIBRARY_PATH"),
    "other library": (
        127,
        LOADER.format("libfoo.so"),
        EngineMissing,
        "a program or library is missing: mumax3",
    ),
    "old system": (
        1,
        "mumax3: /lib/libc.so.6: version `GLIBC_2.34' not found",
        EngineMissing,
        "newer system",
    ),
    "memory": (1, "CUDA_ERROR_OUT_OF_MEMORY", GpuMemoryFull, "memory is full; take larger cells"),
    "panic": (2, "panic: NaN\n\ngoroutine 1 [running]:", EngineCrashed, "exit code 2: panic: NaN"),
    "disk": (1, "/src/table.go:57 write out/table.txt: no space left on device", DiskFull, "make room"),
    "quota": (1, "/src/table.go:57 write out/table.txt: disk quota exceeded", DiskFull, "make room"),
    "read-only": (2, "panic: open out/log.txt: read-only file system", FolderNotWritable, "--runs"),
    "forbidden": (2, "panic: open out/log.txt: permission denied", FolderNotWritable, "--runs"),
    "two at once": (
        1,
        "httpfs: file size mismatch, possible concurrent access.",
        OutputForeign,
        "another program",
    ),
    "killed": (
        -9,
        "",
        EngineKilled,
        "killed (signal 9), by a person, the batch system, or for want of memory",
    ),
    "crashed": (-11, "", EngineCrashed, "ended by signal 11"),
    "silent": (1, "", ScriptError, "no message"),
}


@pytest.mark.parametrize("end", ENDS)
def test_ends_have_names(end):
    exit_code, text, kind, message = ENDS[end]
    error = explain(exit_code, text)
    assert type(error) is kind and message in str(error) and "\n" not in str(error)


def test_the_line_a_crash_happened_at():
    script = (
        "// a comment\nSetGridSize(2,2,2)\nm = uniform(1, 0, 0)  // start\nrelax()\nm = uniform(0, 0, 1)\n"
    )
    console = "//mumax 3.11.1\nSetGridSize(2, 2, 2)\nm = uniform(1, 0, 0)\nrelax()\npanic: NaN\n"
    assert str(explain(2, console, script)).endswith("panic: NaN (script line 4)")
    assert explain(1, console.replace("panic", "//m"), script).line == 4


def test_the_line_of_a_loop_and_of_a_repeated_statement():
    script = (
        "relax()\nm = uniform(1, 0, 0)\nrelax()\nfor i:=0; i<2; i++ {\n\tif i == 1 {\n\t\trelax()\n\t}\n}\n"
    )
    console = "relax()\nm = uniform(1, 0, 0)\nrelax()\n"
    loop = "for i := 0; i < 2; i++ {\n\tif i == 1 {\n\t\trelax()\n\t}\n}\n"
    assert str(explain(2, console + "panic: NaN", script)).endswith("(script line 3)")
    assert str(explain(2, console + loop + "panic: NaN", script)).endswith("(script line 4)")
    assert "script line" not in str(explain(2, "panic: NaN\n}\n", script))


def test_banner_of_every_version():
    """As 3.9, 3.10 and 3.11 print their GPU."""
    assert (
        gpu_in("//CUDA 7050 GeForce GTX 980(4095MB) cc5.2, using CC52 PTX \n")
        == "GeForce GTX 980(4095MB) cc5.2"
    )
    new = "//GPU info: NVIDIA A100(40000MB), CUDA Driver 12.4, cc=8.0, using cc=80 PTX"
    assert gpu_in(new) == "NVIDIA A100(40000MB), CUDA Driver 12.4, cc=8.0"
    assert gpu_in("nothing") is None


def test_warnings_are_kept_once():
    text = "// WARNING: x-axis is not 7-smooth.\n//   more\n// WARNING: x-axis is not 7-smooth.\n"
    assert warnings_in(text) == ("WARNING: x-axis is not 7-smooth.",)
