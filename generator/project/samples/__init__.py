"""Sample rows for a generated project's tests, made from the design alone: valid for its types, keys, checks and joins."""
