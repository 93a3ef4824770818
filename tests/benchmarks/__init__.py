"""Benchmarks, run by name; none of them is part of the test suite."""
