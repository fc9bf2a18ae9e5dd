"""Tables of rows as they are opened: Parquet, spreadsheets, text."""
