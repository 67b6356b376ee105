"""Where a factory is read from: each module turns files into a `Factory` or into overrides."""
