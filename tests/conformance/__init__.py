"""Cases that any implementation of Edgewise could run, and the tests that run them here."""
