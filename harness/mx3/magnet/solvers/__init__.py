"""Ways to a later state or an equilibrium, a file each; they know a magnet by its effective field only."""
