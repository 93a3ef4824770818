"""Everything but the screens: design, connectors, advice and the writing of projects."""
