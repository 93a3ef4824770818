"""The commands of ``python -m <pipeline>``, one module each; loaded when they are called."""
