"""What looks mistaken of a loop by its physics, with the flag that mends it, and what does not."""

from pathlib import Path

import numpy as np
import pytest

from harness.runs.foreign.columns import loop_columns
from harness.runs.foreign.doubts import _back_and_forth, doubts_of
from harness.runs.foreign.table import ForeignTable
from harness.study.tables import MaterialTable

IRON = MaterialTable(name="iron")
SOFT = MaterialTable(name="soft", Ms_A_per_m=1.7e6, A_J_per_m=1e-11, Ku_J_per_m3=0.0)
HARD = MaterialTable(name="hard", Ms_A_per_m=1.4e6, A_J_per_m=3e-11, Ku_J_per_m3=6e5)
B = np.linspace(0.7, -0.7, 29)
VORTEX = np.clip(1.8 * B, -1, 1)
SWITCH = np.where(B > -0.05, 1.0, -1.0)


def told(columns, material=IRON, radius_nm=20.0, unit="T", **flags):
    units = {name: unit if name[0] in "BH" else "" for name in columns}
    table = ForeignTable(Path("loop.txt"), "", {k: np.asarray(v) for k, v in columns.items()}, units)
    return list(doubts_of(loop_columns(table, material, **flags), material, radius_nm))


def components(B_T, moment, line=(0.0, 0.0, 1.0)):
    fields, m = np.outer(B_T, line), np.outer(moment, line)
    named = {f"B_ext{axis}": fields[:, k] for k, axis in enumerate("xyz")}
    return named | {f"m{axis}": m[:, k] for k, axis in enumerate("xyz")}


def test_a_loop_as_it_should_be_is_not_doubted():
    assert told({"B": B, "mz": VORTEX}) == []


@pytest.mark.parametrize(
    ("columns", "flag"),
    [
        ({"B": B, "mz": -VORTEX}, "give --field-direction=0,0,-1"),
        (components(B, -VORTEX), "give --field-column 'B_extz' --field-direction=0,0,-1"),
        (components(B, -VORTEX, (0.6, 0.0, 0.8)), "mend the table"),
        ({"B": B, "m": -VORTEX}, "mend the table"),  # along the field, whichever way that is
    ],
)
def test_a_moment_against_the_field_is_told_with_what_mends_it(columns, flag):
    (doubt,) = told(columns)
    assert doubt.startswith("the moment is opposed to the field (⟨m⟩ along it is -0.") and doubt.endswith(
        flag
    )
    if "--field-column" in flag:
        assert told(columns, field_column="B_extz", direction=(0.0, 0.0, -1.0)) == []


def test_a_state_that_the_field_has_not_turned_yet_is_no_mistake():
    """Up to 2Ku/Ms, 0.056 T for iron, a uniform state may lie against the field."""
    fields = np.linspace(-0.015, -0.055, 9)
    assert told({"B": fields, "mz": np.ones(9)}) == []


@pytest.mark.parametrize("largest_T", [0.2, 2.0])
def test_a_moment_that_is_too_small_for_any_sphere_is_told(largest_T):
    """By --full-moment in another unit it is, saturated or not."""
    fields = largest_T * np.linspace(1, -1, 29)
    (doubt,) = told({"B": fields, "mz": np.clip(1.8 * fields, -1, 1)}, full_moment=1000.0)
    assert doubt.startswith("the moment is 0.0") and doubt.endswith("the table's value at saturation")
    assert told({"B": fields, "mz": np.clip(1.8 * fields, -1, 1)}) == []


@pytest.mark.parametrize(
    ("full", "material", "doubted"),
    [(0.94, IRON, True), (0.98, IRON, False), (0.96, HARD, False), (0.92, HARD, True)],
)
def test_a_moment_that_stays_below_saturation_in_large_fields_is_told(full, material, doubted):
    """By another Ms; an axis oblique to the field keeps it from full, too."""
    fields = 4.0 * B
    told_ = told({"B": fields, "mz": np.clip(1.8 * fields, -1, 1) * full}, material)
    assert [line for line in told_ if line.startswith("the moment is 0.")] == told_
    assert len(told_) == doubted and all("if its Ms is another, give that" in line for line in told_)


@pytest.mark.parametrize(("unit", "by"), [("mT", 1e3), ("Oe", 1e4)])
def test_fields_far_below_the_sphere_s_own_are_told_with_the_column(unit, by):
    (doubt,) = told({"B": B, "mz": VORTEX}, unit=unit)
    own = f"column B in {unit}: the moment is 0.9 and more from {0.5 / by:.3g} T on"
    assert doubt.startswith(f"{own}, and this sphere's own field is 0.528 T (Brown's field)")
    assert doubt.endswith("give --field-column 'B [UNIT]'")
    assert told({"B": B * by, "mz": VORTEX}, unit=unit) == []


def test_fields_far_above_those_that_saturate_are_told_with_the_column():
    """A field in Oe under a heading in kA/m is 12.6 times too large."""
    (doubt,) = told({"B": 1e4 * B, "mz": VORTEX}, unit="kA/m")
    says = "the moment is 0.81 at 5.655 T, and 0.78 T saturate any sphere of this material"
    assert says in doubt and doubt.endswith("give --field-column 'B [UNIT]'")
    assert told({"B": 1e4 * B, "mz": VORTEX}, unit="Oe") == []


def test_what_a_large_field_leaves_or_scatters_is_not_doubted():
    hard = MaterialTable(name="hard", Ms_A_per_m=4e5, A_J_per_m=1e-11, Ku_J_per_m3=1e6)
    fields = np.linspace(12.0, -12.0, 121)
    across = np.clip(fields / 5.3, -1, 1)
    noisy = across + 0.03 * np.random.default_rng(1).normal(size=121)
    assert told({"B": fields, "mz": across}, hard) == told({"B": fields, "mz": noisy}, hard) == []


@pytest.mark.parametrize(
    ("moment", "material", "radius_nm"),
    [
        (0.5 * VORTEX, IRON, 20.0),  # a minor loop never saturates
        (SWITCH, IRON, 20.0),
        (VORTEX, SOFT, 4.0),  # uniform, and turned by any field
    ],
)
def test_what_a_small_field_can_do_is_not_doubted(moment, material, radius_nm):
    assert told({"B": B, "mz": moment}, material, radius_nm, unit="mT") == []


OPEN = np.where(B > -0.2, np.clip(4 * B + 1.2, -1, 1), -1.0)
"""The moment on the way down of an open loop; on the way up it is -OPEN."""


@pytest.mark.parametrize(
    ("fields", "m", "says"),
    [
        ((B, B), (OPEN, -OPEN[::-1]), "rows 29 to 57 go from 0.7 to -0.7 T like rows 0 to 28"),
        ((B, B), (-OPEN[::-1], OPEN), "rows 0 to 28 go from 0.7 to -0.7 T like rows 29 to 57"),
        ((-B, -B), (-OPEN, OPEN[::-1]), "rows 29 to 57 go from -0.7 to 0.7 T like rows 0 to 28"),
    ],
)
def test_a_branch_that_is_read_backwards_is_told(fields, m, says):
    """Two pasted columns: both branches from one end of the field to the other."""
    (doubt,) = told({"B": np.concatenate(fields), "mz": np.concatenate(m)})
    assert doubt.startswith(says) and doubt.endswith("read backwards; turn their order round")


@pytest.mark.parametrize(
    ("fields", "m"),
    [
        ((B, -B), (OPEN, -OPEN)),
        ((B, B), (OPEN, OPEN)),
        ((B, B[1:]), (OPEN, OPEN[1:] * 0.99)),
        ((B, B), (VORTEX, VORTEX)),
        ((B, -B, B), (OPEN, -OPEN, OPEN)),
        ((-B[14:], B, B), (np.linspace(0, 1, 15), OPEN, np.clip(OPEN, -1, 0.5))),
    ],
)
def test_the_same_branch_twice_is_no_such_thing(fields, m):
    assert told({"B": np.concatenate(fields), "mz": np.concatenate(m)}) == []


def test_a_branch_that_comes_back_number_by_number_is_told():
    """Unless it is reversible: its own mirror image, or a branch between states that are not saturated."""
    (doubt,) = told({"B": np.append(B, -B), "mz": np.append(OPEN, OPEN[::-1])})
    assert doubt.startswith("rows 29 to 57 are rows 0 to 28 backwards, number by number")
    assert told({"B": np.append(B, -B), "mz": np.append(VORTEX, VORTEX[::-1])}) == []
    for m in (0.95 + 0.02 * B, 0.1 + 0.9 * B):
        assert told({"B": np.append(B, -B), "mz": np.append(m, m[::-1])}) == []


def test_reversal_curves_are_no_branches_read_backwards():
    """From -0.24, then from -0.36 T: nothing has turned over before either, so both retrace one curve."""
    curves = [np.linspace(first, 1.2, n) for first, n in ((-0.24, 25), (-0.36, 27))]
    m = [np.full(25, 0.98), np.full(27, 0.98)]
    assert told({"B": np.concatenate(curves), "mz": np.concatenate(m)}) == []
    m[1][:3] = -0.98
    assert told({"B": np.concatenate(curves), "mz": np.concatenate(m)}) == []


def test_a_moment_that_jumps_to_and_fro_on_one_branch_is_told():
    """Sorted, with half as many rows on the way back."""
    up = np.where(np.arange(29) % 2, -0.9, 0.9)
    m = np.where(np.abs(B) > 0.3, np.sign(B) * 0.95, up)
    (doubt,) = told({"B": B, "mz": m})
    assert "to and fro 13 times while the field goes from 0.7 to -0.7 T: if the table was sorted" in doubt
    once = np.where(B > -0.3, 0.9, -0.9)
    noisy = once + np.random.default_rng(1).normal(0.0, 0.1, B.size)
    assert told({"B": B, "mz": np.clip(noisy, -1.0, 1.0)}) == []


@pytest.mark.parametrize(("noise", "tail"), [(0.15, 0), (0.3, 0), (0.1, 3), (0.2, 4)])
def test_spikes_of_a_noise_as_nearly_full_rows_have_it_are_no_jumps_to_and_fro(noise, tail):
    """Of 60 loops one at most, and branches in turns that stand wide open still are."""
    rng, found, two = np.random.default_rng(5), 0, 0
    for _ in range(60):
        fields = np.linspace(0.8, -0.8, int(rng.integers(60, 300)))
        scatter = noise * (rng.standard_t(tail, fields.size) if tail else rng.normal(size=fields.size))
        found += bool(list(_back_and_forth(fields, np.tanh(fields / rng.uniform(0.02, 0.3)) + scatter)))
        way = np.where(np.arange(fields.size) % 2, 0.4, -0.4)
        two += bool(list(_back_and_forth(fields, np.tanh((fields + way) / 0.02) + scatter / 3)))
    assert found <= 1 and two == 60


@pytest.mark.parametrize("noise", [0.002, 0.01, 0.03])
def test_sorted_branches_that_lie_near_each_other_jump_to_and_fro_by_little(noise):
    """Readings of a field that scatter, so that rows of both branches follow each other at random."""
    rng = np.random.default_rng(1)
    fields = np.repeat(np.linspace(0.7, -0.7, 141), 2) + rng.normal(0.0, 1e-3, 282)
    way = np.tile([0.15, -0.15], 141)
    m = np.clip(fields / 0.5 + way, -1.0, 1.0) + noise * rng.normal(size=282)
    order = np.argsort(-fields)
    (doubt,) = told({"B": fields[order], "mz": m[order]})
    assert "the moment jumps to and fro" in doubt and "sorted by field" in doubt
    for one in (way > 0, way < 0):  # a branch alone
        order = np.argsort(-fields[one])
        assert told({"B": fields[one][order], "mz": m[one][order]}) == []


@pytest.mark.parametrize("way", [np.tile([0.05, -0.05], 100), np.repeat([0.05, -0.05], 100)])
def test_sorted_branches_ten_times_their_noise_apart_are_told_in_turns_and_at_random(way):
    """At fields of their own, so that nothing else tells; the second branch by chance before or after."""
    rng = np.random.default_rng(2)
    fields = np.linspace(0.7, -0.7, 200)
    way = way if way[0] != way[1] else rng.permutation(way)
    m = np.tanh(2 * fields) + way * (np.abs(fields) < 0.5) + 0.01 * rng.normal(size=200)
    (doubt,) = told({"B": fields, "mz": m})
    assert "the moment jumps to and fro" in doubt


def test_a_loop_that_only_scatters_is_not_called_sorted():
    """However the noise goes: even, cut off, with spikes, ringing; steps and minor jumps too."""
    rng = np.random.default_rng(4)
    for k in range(200):
        fields = np.linspace(0.8, -0.8, int(rng.integers(12, 300)))
        m = np.tanh((fields - rng.uniform(-0.3, 0.3)) / rng.uniform(0.02, 0.5))
        m[fields < rng.uniform(-0.5, 0.5)] -= rng.uniform(-0.2, 0.2)
        scatter = rng.normal(size=fields.size) if k % 3 else rng.standard_t(4, size=fields.size)
        m += rng.choice([0.0, 0.003, 0.01, 0.03]) * scatter
        m = np.clip(m, -1, 1) if k % 2 else m
        assert list(_back_and_forth(fields, m)) == []
    ringing = np.exp(-(np.arange(142) % 71) / 20) * np.cos(np.arange(142)) * 0.2
    fields = np.linspace(0.7, -0.7, 142)
    assert list(_back_and_forth(fields, np.tanh(4 * fields) + ringing)) == []
    stays = np.r_[fields[:60], np.full(40, fields[60]), fields[60:]]
    assert list(_back_and_forth(stays, np.tanh(4 * stays))) == []
