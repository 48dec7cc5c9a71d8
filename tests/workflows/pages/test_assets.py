from pathlib import Path

from workflows.pages.assets import asset_files, assets_digest, write_assets


def test_assets_lie_beside_pages_once(tmp_path: Path):
    name = write_assets(tmp_path)
    first = (tmp_path / name / "style.css").stat().st_mtime_ns
    assert write_assets(tmp_path) == name == f"assets-{assets_digest()}"
    assert (tmp_path / name / "style.css").stat().st_mtime_ns == first
    assert {path.name for path in (tmp_path / name).iterdir()} == set(asset_files())
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_what_was_cut_off_is_written_anew(tmp_path: Path):
    (tmp_path / f".assets-{assets_digest()}.new").mkdir()
    (tmp_path / f".assets-{assets_digest()}.new" / "half").write_text("x")
    name = write_assets(tmp_path)
    assert not (tmp_path / name / "half").exists()


def test_no_asset_of_ours_names_another_host():
    texts = {name: path.read_text(encoding="utf-8") for name, path in asset_files().items() if "plotly" not in name}
    namespace = "http://www.w3.org/2000/svg"
    assert [
        name
        for name, text in texts.items()
        if "//" in text.replace(namespace, "") and "http" in text.replace(namespace, "")
    ] == []


def test_plotlys_script_comes_with_its_package():
    assert asset_files()["plotly.min.js"].stat().st_size > 1_000_000
