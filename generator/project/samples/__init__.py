"""Sample rows for a generated project's tests, made from the design: valid for its types, keys and checks."""
