"""An ARM-shaped HTTPS server with a made-up population, and a script of what happens when."""
