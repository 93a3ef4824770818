"""Recommendations: pure functions that return a choice, its reason and the nearest alternative."""
