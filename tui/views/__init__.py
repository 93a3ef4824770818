"""What the screens show, as plain values: pure functions from a design to rows and texts; no widgets."""
