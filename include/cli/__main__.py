"""``python -m include.cli`` is ``numbers``."""

from include.cli import main

main()
