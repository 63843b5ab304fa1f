"""Templates and ready studies are found beside the code first, else in the package."""

import harness
from harness import shipped


def test_checkout_comes_first(monkeypatch, tmp_path):
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "mumax_runs" / "studies").mkdir(parents=True)
    (tmp_path / "mumax_runs" / "studies" / "mine.toml").touch()
    monkeypatch.setattr(shipped, "CHECKOUT", tmp_path)
    assert shipped.study_names() == ("mine",)


def test_installed_package_carries_its_data(monkeypatch, tmp_path):
    monkeypatch.setattr(shipped, "CHECKOUT", tmp_path)
    inside = str(shipped.studies())
    assert inside.startswith(str(harness.__path__[0])) and inside.endswith("_data/studies")
    assert str(shipped.templates()).endswith("_data/templates")
    assert str(shipped.continuum_results()).endswith("_data/continuum")


def test_template_names_must_be_handed_over():
    import jinja2
    import pytest

    template = shipped.template_environment().from_string("{{ radius_nm }}")
    with pytest.raises(jinja2.UndefinedError, match="radius_nm"):
        template.render()
