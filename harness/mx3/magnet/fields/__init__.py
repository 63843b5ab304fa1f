"""Terms of the effective field, a file each: operators that add their field in tesla to an array.

In: cells and material parameters. Out: fields; quadratic terms have the energy -1/2 sum M.B V, the others
give their energy themselves.
"""
