"""Loops and states in the formats of other programs, with units, material, field and where they are from."""
