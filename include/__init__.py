"""The code of the project; importable because the project root is on the path."""
