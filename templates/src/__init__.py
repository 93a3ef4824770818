"""The pipeline package of a generated project."""
