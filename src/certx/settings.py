"""What this machine was told: option over environment over file over default; frozen once read.

The file is `certx.toml` in the home folder: `region`, `registry`, `root`, `lang`, `ledger`, `fonts`, `history_days`,
`sync_minutes`; of a cluster `scheduler`, `tls_ca`, `tls_cert`, `tls_key`.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from certx.errors import UsageError

FILE_NAME: Final = "certx.toml"
GATE_TABLE: Final = "schema"
"""The table of a schema repository's gate (`certx.app.schema.gate_settings`): not for this module."""
_LANGUAGES: Final = frozenset({"zh", "en"})
_SERVERS: Final = frozenset({"postgresql", "postgres"})
_KNOWN: Final = frozenset(
    {
        "region", "registry", "root", "lang", "ledger", "fonts", "history_days", "sync_minutes",
        "scheduler", "tls_ca", "tls_cert", "tls_key",
    }
)  # fmt: skip
_HISTORY_DAYS: Final = 184
"""Six months, whichever they are: so long must logs be kept (网络安全法, article 23)."""
_SYNC_MINUTES: Final = 60
_MOST: Final = 1_000_000


class ClusterSettings(NamedTuple):
    """The scheduler of a cluster, and by what this machine and it know one another."""

    scheduler: str | None = None
    tls_ca: Path | None = None
    tls_cert: Path | None = None
    tls_key: Path | None = None


class Settings(NamedTuple):
    """The settings of one run.

    A signed registry has a `source`, from which `certx sync` gets it, and the fingerprint of its pinned `root`; an
    unsigned one is the folder `registry`. The ledger is a file in the home folder, or where `ledger_url` says.
    Verdicts stay in the counter's log for `history_days` (0: none are logged). The full-screen counter syncs every
    `sync_minutes` (0: never).
    """

    home: Path
    region: str | None = None
    registry: Path | None = None
    lang: str | None = None
    source: str | None = None
    root: str | None = None
    ledger_url: str | None = None
    cluster: ClusterSettings = ClusterSettings()
    fonts: Path | None = None
    """A folder of fonts to print with, before those that come with certx."""
    history_days: int = _HISTORY_DAYS
    sync_minutes: int = _SYNC_MINUTES

    @property
    def counter(self) -> Path:
        """The store of this counter: its log of verdicts."""
        return self.home / "counter.db"

    @property
    def counter_salt(self) -> Path:
        """The secret by which the log tells licences apart."""
        return self.home / "counter.salt"

    @property
    def counter_waiting(self) -> Path:
        """The folder of verdicts on their way to the log."""
        return self.home / "counter-waiting"

    @property
    def ledger(self) -> Path:
        """The file of the issuer's ledger, where it is not on a server."""
        return self.home / "ledger.db"

    @property
    def generations(self) -> Path:
        """Where verified generations of the registry lie."""
        return self.home / "registry"

    @property
    def keys(self) -> Path:
        """Where this machine's private keys lie."""
        return self.home / "keys"


def load_settings(
    environment: Mapping[str, str],
    *,
    region: str | None = None,
    registry: str | None = None,
    lang: str | None = None,
) -> Settings:
    """The settings in force; raises `UsageError` if the file has a mistake."""
    home = _home(environment)
    file = read_settings(home / FILE_NAME)
    settings = Settings(
        home,
        _region(region or environment.get("CERTX_REGION") or file.get("region")),
        lang=_language(lang or environment.get("CERTX_LANG") or file.get("lang")),
        ledger_url=_ledger(environment.get("CERTX_LEDGER") or file.get("ledger")),
        cluster=ClusterSettings(
            file.get("scheduler"),
            *(home / file[name] if name in file else None for name in ("tls_ca", "tls_cert", "tls_key")),
        ),
        fonts=_fonts(home, environment.get("CERTX_FONTS"), file.get("fonts")),
        history_days=_number("history_days", environment, file, _HISTORY_DAYS),
        sync_minutes=_number("sync_minutes", environment, file, _SYNC_MINUTES),
    )
    chosen_registry = registry or environment.get("CERTX_REGISTRY")
    if chosen_registry:
        return settings._replace(registry=Path(chosen_registry))
    if "root" in file:
        return settings._replace(source=file.get("registry"), root=file["root"])
    return settings._replace(registry=home / file["registry"]) if "registry" in file else settings


def load_settings_to_review(
    environment: Mapping[str, str], *, lang: str | None = None
) -> tuple[Settings, UsageError | None]:
    """The settings in force, or as much of them as has no mistake, and the first mistake.

    One in the environment leaves the file, one in the file the home folder. Raises `UsageError` only about `lang`.
    """
    language, home = _language(lang), _home(environment)
    mistake: UsageError | None = None
    for named in (environment, {"CERTX_HOME": str(home)}):
        try:
            return load_settings(named, lang=language), mistake
        except UsageError as error:
            mistake = mistake or error
    return Settings(home, lang=language), mistake


def _home(environment: Mapping[str, str]) -> Path:
    named = environment.get("CERTX_HOME")
    if named:
        return Path(named)
    from platformdirs import user_data_dir  # noqa: PLC0415 - only where no home is named

    return Path(user_data_dir("certx", appauthor=False))


def _language(name: str | None) -> str | None:
    if name is not None and name.lower().replace("_", "-").partition("-")[0] not in _LANGUAGES:
        raise UsageError("language-unknown", hint="language-unknown", lang=name)
    return name


def _ledger(url: str | None) -> str | None:
    """A URL of a PostgreSQL server without a password: settings are read, copied and shown."""
    if url is None:
        return None
    from urllib.parse import parse_qs, urlsplit  # noqa: PLC0415 - only where a ledger is named

    try:
        parts = urlsplit(url)
        has_password = parts.password is not None or bool({"password", "sslpassword"} & parse_qs(parts.query).keys())
    except ValueError as error:
        raise UsageError("ledger-url", hint="ledger-url", detail=str(error)) from error
    if has_password:
        raise UsageError("ledger-password", hint="ledger-password")
    if parts.scheme not in _SERVERS:
        raise UsageError("ledger-url", hint="ledger-url", detail=f"{parts.scheme or '?'}:")
    return url


def _fonts(home: Path, named: str | None, written: str | None) -> Path | None:
    """The folder that the environment names, or the file, whose paths begin at the home folder."""
    if named:
        return Path(named)
    return home / written if written else None


def _number(name: str, environment: Mapping[str, str], file: Mapping[str, str], default: int) -> int:
    """A whole number from 0; raises `UsageError`."""
    text = environment.get(f"CERTX_{name.upper()}") or file.get(name) or str(default)
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(_MOST)) and int(text) <= _MOST):
        raise UsageError("setting-number", hint="setting-number", name=name, text=text, maximum=_MOST)
    return int(text)


def _region(code: str | None) -> str | None:
    if code is not None and not (len(code) == 6 and code.isascii() and code.isdigit()):
        raise UsageError("region-unknown", hint="region-unknown", region=code)
    return code


def _plain_toml(text: str) -> dict[str, Any] | None:
    """TOML of nothing but `name = "value"` lines without escapes, `None` if there is anything else."""
    document: dict[str, Any] = {}
    for line in text.splitlines():
        name, _, value = line.partition(" = ")
        plain = value[1:-1]
        if not name.isidentifier() or name in document or value != f'"{plain}"' or not plain.isprintable():
            return None
        if '"' in plain or "\\" in plain:
            return None
        document[name] = plain
    return document


def read_settings(path: Path) -> dict[str, str]:
    """What a settings file says, nothing if there is none; raises `UsageError` if it has a mistake."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError("settings-form", path=str(path), detail=str(error)) from error
    document = _plain_toml(text)
    if document is None:
        import tomllib  # noqa: PLC0415 - 5 ms that a file as certx writes it does not need

        try:
            document = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise UsageError("settings-form", path=str(path), detail=str(error)) from error
    if isinstance(document.get(GATE_TABLE), dict):
        del document[GATE_TABLE]
    for name, value in document.items():
        if name not in _KNOWN or not isinstance(value, str):
            raise UsageError("settings-form", path=str(path), detail=f"{name} = {value!r}")
    return document
