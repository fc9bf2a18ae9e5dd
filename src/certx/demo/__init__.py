"""`certx demo`: what two regions do in a day (`day`), and a counter that asks holders who present (`hall`)."""

from certx.demo.day import ISSUER, SICHUAN, Stage, begin
from certx.demo.hall import open_hall

__all__ = ["ISSUER", "SICHUAN", "Stage", "begin", "open_hall"]
