"""`python -m tui` is `pipewizard`."""

import sys

from .cli import main

sys.exit(main())
