"""What every stage of the run leans on: errors and retries, state, logs, metrics, dead letters, privacy."""
