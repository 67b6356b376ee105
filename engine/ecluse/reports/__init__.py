"""Tell what happened: console, log."""
