"""The trees here are what is generated, for comparison: their tests are not ours to collect."""

collect_ignore_glob = ["*/*"]
