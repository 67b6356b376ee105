"""Proof by fault: every request of a deployment meets every trouble, and what ran before runs after."""
