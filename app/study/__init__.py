"""Studies with people: one TOML file from the first page to the report."""
