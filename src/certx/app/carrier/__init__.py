"""What travels as pictures and documents, opened and drawn: hostile input in a process of its own."""
