"""The tools pipewizard is measured against; each script runs in its peer's own environment."""
