"""What can be wrong with each section of a design, without a connector or a SQL parser."""
