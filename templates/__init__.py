"""The generated project, as files: this folder mirrors the tree that is written."""
