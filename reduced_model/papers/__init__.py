"""What the papers print, the function that recomputes each entry, and their own procedures."""
