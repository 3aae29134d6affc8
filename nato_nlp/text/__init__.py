"""Documents, reading, sentences, boilerplate."""
