"""The quality check catalogue: one entry per check type, with its SQL."""
