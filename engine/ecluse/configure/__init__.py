"""Apply a stage's configuration: overrides change single values of single objects, typed by what they replace."""
