"""ARM templates and expressions: read (evaluate). Pure."""
