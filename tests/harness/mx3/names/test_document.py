"""The page that says what of MuMax3's language is supported is the registry's."""

from pathlib import Path

from harness.mx3.names.document import main, page
from harness.mx3.names.world import World
from harness.mx3.session.session import Session

PAGE = Path(__file__).parents[4] / "docs" / "mx3.md"


def test_the_page_is_up_to_date() -> None:
    written = PAGE.read_text(encoding="utf-8")
    assert written == page(World(Session())), "run: python -m harness.mx3.names.document docs/mx3.md"


def test_every_name_is_on_the_page() -> None:
    world = World(Session())
    text = page(world)
    for entry in world.documented():
        assert f"`{entry.usage}`".replace("|", "\\|") in text
    for refused in world.refused():
        assert f"`{refused.name}`" in text


def test_the_page_is_written_to_the_file_named(tmp_path: Path) -> None:
    assert main([str(tmp_path / "new" / "page.md")]) == 0
    assert (tmp_path / "new" / "page.md").read_text(encoding="utf-8").startswith("# MuMax3 scripts")
    assert main([]) == 2
