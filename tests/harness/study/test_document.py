"""The page of keys is the models', and a new study holds every key, its default, and runs as it stands."""

import re
import tomllib
from pathlib import Path

import pytest

from harness.study.document import TABLES, new_study, page
from harness.study.protocols import PROTOCOLS
from harness.study.study import Study
from harness.study.sweep import SWEEPABLE

PAGE = Path(__file__).parents[3] / "docs" / "study.md"
HIDDEN = re.compile(r"# (\w+ = .*|\[\[protocol\]\])$")


def test_the_page_is_the_models():
    assert PAGE.read_text(encoding="utf-8") == page(), "run: python -m harness.study.document docs/study.md"


def test_a_new_study_is_a_kicked_iron_sphere():
    study = Study.from_values(tomllib.loads(new_study("mine")))
    assert [case.name for case in study.cases()] == ["R20nm-c4nm-kick5mT-seed1"]
    assert (study.name, study.material.name, study.sweep) == ("mine", "iron", {})


def _sections():
    """The lines of each table of a new study, by its name; protocols by their kind."""
    sections, name = {"": []}, ""
    for line in new_study("mine").splitlines():
        if head := re.fullmatch(r"\[(\w+)\]", line):
            name = head[1]
        if kind := re.fullmatch(r'(?:# )?kind = "(\w+)"', line):
            name = kind[1]
        sections.setdefault(name, []).append(line)
    return sections


@pytest.mark.parametrize("name", [*TABLES, *PROTOCOLS])
def test_every_key_is_explained_with_its_default(name):
    fields = (TABLES | PROTOCOLS)[name].model_fields
    lines = _sections()[name]
    for key, field in fields.items():
        if key == "kind":
            continue
        (shown,) = (line.removeprefix("# ") for line in lines if re.match(rf"(# )?{key} = ", line))
        (meaning,) = (line for line in lines if line.startswith(f"# {key}: "))
        assert len(meaning) > len(f"# {key}: ")
        value = tomllib.loads(shown)[key]
        written = f"{key} = " in "\n".join(line for line in lines if not line.startswith("#"))
        if not field.is_required() and field.default is not None and not written:
            assert (tuple(value) if isinstance(value, list) else value) == field.default


ALONE = ["description", "Ms_A_per_m", "axis", "edge_smooth", "offset_cells", "tolerance_T", "ovf", "every_T"]


@pytest.mark.parametrize("key", ALONE)
def test_a_key_can_be_uncommented_by_itself(key):
    text = re.sub(rf"^# ({key} = )", r"\1", new_study("mine"), count=1, flags=re.M)
    assert text != new_study("mine")
    Study.from_values(tomllib.loads(text)).cases()


@pytest.mark.parametrize("kind", sorted(PROTOCOLS.keys() - {"kick"}))
def test_a_protocol_can_be_uncommented_as_a_block(kind):
    block = re.search(rf'# \[\[protocol\]\]\n# kind = "{kind}"\n(# .*\n)*', new_study("mine"))[0]
    plain = "\n".join(line.removeprefix("# ") for line in block.splitlines() if HIDDEN.match(line))
    study = Study.from_values(tomllib.loads(new_study("mine").replace(block, plain + "\n")))
    assert [p.kind for p in study.protocol] == ["kick", kind]


def test_every_swept_key_is_shown():
    shown = tomllib.loads("\n".join(line.removeprefix("# ") for line in _sections()["sweep"][1:]))
    assert shown.keys() == SWEEPABLE.keys() and all(isinstance(value, list) for value in shown.values())
