"""What is advised and what each check says of the samples, found in the background and kept."""

from __future__ import annotations

from tui.background import in_background
from tui.sampling import fetch_samples
from tui.state import WizardState
from tui.views.check_rows import CheckRow, SuggestedCheck
from tui.views.dry_runs import DryRuns, Verdict
from tui.views.suggested_checks import suggested_checks


class Trial:
    """Suggestions and verdicts for the design as it was when last tried."""

    def __init__(self, state: WizardState) -> None:
        self.suggested: list[SuggestedCheck] = []
        self.verdicts: dict[str, Verdict] = {}
        self.why_no_samples = ""
        self.sampled = False
        """Whether samples were asked for."""
        self._state = state
        self._dry_runs = DryRuns()

    def verdict(self, row: CheckRow) -> Verdict:
        """Return what a check says of the samples."""
        return self.verdicts.get(row.path, Verdict("unknown"))

    def forget(self, path: str = "") -> None:
        """Forget the verdict of one check, or of all: places in the list have changed."""
        if path:
            self.verdicts.pop(path, None)
        else:
            self.verdicts = {}

    async def sample(self, origin: object) -> None:
        """Fetch the samples that are missing."""
        self.sampled = True
        self.why_no_samples = await fetch_samples(self._state, origin)

    async def suggest(self) -> None:
        """Find what is advised."""
        design, facts = self._state.design, dict(self._state.facts)
        self.suggested = await in_background(lambda: suggested_checks(design, facts))

    async def run(self) -> None:
        """Try every check."""
        design, facts, revision = self._state.design, dict(self._state.facts), self._state.revision
        verdicts = await in_background(lambda: self._dry_runs.verdicts(design, facts))
        if revision == self._state.revision:
            self.verdicts = verdicts
