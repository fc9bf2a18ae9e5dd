"""Does OUR side accept THEIRS: agreements between regions, and the check that applies them."""
