"""A verdict, a report or an error as text or JSON; no decisions are taken here."""
