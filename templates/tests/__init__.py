"""The generated project's own tests."""
