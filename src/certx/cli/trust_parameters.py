"""Parameters of the commands that change or publish the source of a registry."""

from pathlib import Path
from typing import Annotated, Final

import typer

Source = Annotated[Path, typer.Argument(metavar="SOURCE", help="the reviewed source, a folder of the shape of keys/")]
Repository = Annotated[Path, typer.Argument(metavar="REPOSITORY", help="the folder that is served")]
OWN_KEY: Final = "name of one of your keys, or its .jwk.json file"
LISTED_KEY: Final = f"kid of a listed key, 8 or more characters of it; {OWN_KEY}"
ListedKey = Annotated[str, typer.Argument(metavar="KEY", help=LISTED_KEY)]
Why = Annotated[str | None, typer.Option(metavar="TEXT", help="the reason, for everybody to read")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="tell what it would do to licences, and write nothing")]
InquirySince = Annotated[str | None, typer.Option(metavar="TIME", help="when the inquiry began (default: now)")]
Lift = Annotated[bool, typer.Option("--lift", help="the inquiry is over and found nothing")]
