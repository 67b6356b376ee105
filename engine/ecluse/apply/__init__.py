"""Carry a plan out through ports: stop, deploy, restart, and put right whatever fails."""
