"""`certx print`: credentials laid out on paper and as QR symbols."""
