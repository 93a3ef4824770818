"""Do the bad thing to really generated projects, and compare with the source afterwards."""
