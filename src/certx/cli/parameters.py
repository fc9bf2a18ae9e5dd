"""Parameters that many commands take, spelled and explained alike."""

from pathlib import Path
from typing import Annotated

import typer

Lang = Annotated[str | None, typer.Option(metavar="LANG", help="zh or en")]
Registry = Annotated[str | None, typer.Option(metavar="SRC", help="the trust registry")]
Passphrase = Annotated[
    Path | None,
    typer.Option("--passphrase-file", metavar="F", help="passphrase of KEY (else CERTX_PASSPHRASE, else asked)"),
]
JsonObject = Annotated[bool, typer.Option("--json", help="as one JSON object")]
JsonLines = Annotated[bool, typer.Option("--json", help="as JSON, one object a line")]
