"""What the user wants: the design's models, its YAML form and its problems."""
