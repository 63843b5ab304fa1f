"""A running script's state: grid, quantities, parameters, searches, time."""
