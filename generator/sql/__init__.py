"""SQL with sqlglot: parsing, checking, lineage, dialects, and previews in the embedded engine."""
