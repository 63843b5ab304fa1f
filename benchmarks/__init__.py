"""Speed, measured as a ratio against a peer: `make bench`.

In: nothing. Out: a table of medians from fresh processes, run in turn so that a drifting machine treats
both alike. A contestant is a function that does its work once to warm up and returns seconds, or several
by name.
"""
