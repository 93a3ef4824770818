"""Quality gates: the checks of ``sql/quality_checks`` run, judged, reported."""
