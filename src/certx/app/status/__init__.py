"""What became of what was issued: statuses and their lists, the log and its receipts."""
