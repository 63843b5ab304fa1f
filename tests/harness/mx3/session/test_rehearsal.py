"""Scripts followed without their searches: in what magnet and field each state was saved."""

import numpy as np
import pytest

from harness.mx3.errors import ScriptError
from harness.mx3.run import rehearse

BODY = """
SetGridSize(4, 4, 4)
SetCellSize(2e-9, 2e-9, 2e-9)
SetGeom(Ellipsoid(8e-9, 8e-9, 8e-9))
Msat = 1e6
Aex = 1e-11
m = uniform(0, 0, 1)
"""


@pytest.fixture
def saved(tmp_path):
    def follow(script):
        file, seen = tmp_path / "script.mx3", []
        file.write_text(BODY + script)

        def take(name, magnet):
            applied = magnet.field("zeeman")[:, magnet.fill > 0]
            seen.append((name, *np.round(applied.mean(axis=1), 12).tolist()))

        rehearse(file, take)
        assert [path.name for path in tmp_path.iterdir()] == ["script.mx3"]  # nothing is written
        return seen

    return follow


def test_fields_are_those_of_each_save(saved):
    script = """
tableAdd(E_total)
for i := 0; i < 3; i++ {
    B_ext = vector(0.1*i, 0, -0.1)
    minimize()
    tableSave()
    save(m)
    saveAs(m, sprintf("step%d", i))
    save(B_demag)
}"""
    names = [name for i in range(3) for name in (f"m{i:06d}.ovf", f"step{i}.ovf")]
    assert saved(script) == [(name, 0.1 * (k // 2), 0, -0.1) for k, name in enumerate(names)]


def test_extra_fields_come_and_go_and_time_passes(saved):
    script = """
mask := newVectorMask(1, 1, 1)
mask.setVector(0, 0, 0, vector(0, 1, 0))
B_ext = vector(0, 0, t*1e9)
B_ext.add(mask, 0.25)
run(2e-9)
saveAs(m, "pushed")
B_ext.removeExtraTerms()
run(1e-9)
saveAs(m, "free")"""
    assert saved(script) == [("pushed.ovf", 0, 0.25, 2.0), ("free.ovf", 0, 0, 3.0)]


def test_what_would_judge_or_follow_states_is_passed_over(saved):
    script = """
expect("energy", E_total.Get(), 17, 1e-3)
for tries := 0; tries < 10 && maxTorque.Get() > 1e-9; tries++ { relax() }
RunWhile(maxTorque > 1e-6)
steps(100)
print(E_total)
fprintln("notes.txt", 1)
tablePrint("a line")
saveAs(m_full, "last")"""
    assert saved(script) == [("last.ovf", 0, 0, 0)]


def test_a_missing_mask_is_named(saved):
    with pytest.raises(ScriptError, match=r'line \d+: file "mask.ovf" not found'):
        saved('B_ext.add(loadFile("mask.ovf"), 1)')
