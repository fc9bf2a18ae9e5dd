"""What issuing writes, and its credentials read again: files, parts, folders, compressed or not."""
