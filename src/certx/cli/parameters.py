"""Parameters that commands have in common, each in one place: name, what it takes, help."""

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
NewFile = Annotated[str, typer.Option(metavar="FILE", help="a new file, or - for stdout")]
Grants = Annotated[Path, typer.Argument(metavar="FILE", help="grants, one on a line")]
OfSite = Annotated[str | None, typer.Option(metavar="SITE", help="of several grants, the one for this site")]
