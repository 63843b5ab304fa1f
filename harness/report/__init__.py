"""The page a study ends in, and its figures."""
