"""Where fonts to print with are looked for first."""

from pathlib import Path

from certx.settings import load_settings


def test_the_environment_comes_before_the_file_whose_paths_begin_at_the_home_folder(tmp_path: Path) -> None:
    home = {"CERTX_HOME": str(tmp_path)}
    assert load_settings(home).fonts is None
    (tmp_path / "certx.toml").write_text('fonts = "rare"\n')
    assert load_settings(home).fonts == tmp_path / "rare"
    assert load_settings({**home, "CERTX_FONTS": "elsewhere"}).fonts == Path("elsewhere")
    (tmp_path / "certx.toml").write_text('fonts = "/usr/share/fonts"\n')
    assert load_settings(home).fonts == Path("/usr/share/fonts")
