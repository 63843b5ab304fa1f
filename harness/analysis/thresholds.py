"""Every threshold that the name of a state rests on, with its reason.

In: nothing. Out: numbers. "Recorded" are some 340 states that MuMax3's code reached on the 40 nm sphere of
iron in cells of 2 to 5 nm, at all fields; saturated ones come from the CPU engine too, in cells up to R/2.
"""

import numpy as np

ORDER_THRESHOLD = 0.02
"""Share of pure circulation below which a state counts as uniform, for states and loops alike (nu = 0.03);
the same share makes a radial pattern a flower, and a saddle-like one an antivortex: recorded states have
none of either, for their lattice keeps the inversion symmetry."""
SPLAY_THRESHOLD = 0.15
"""Rms splay from which a state is a flower. The steps of cells splay a saturated sphere by 0.02 to 0.13 (20
to 5 cells across), and by more only with EdgeSmooth, which is then a flower by its cells."""
MOST_OUTWARD = 0.5
"""Least share of its rms distance from uniformity that a flower's pattern makes up."""
FLOWER_LIMIT = 1.0
"""Rms distance from the mean direction up to which there is one to open from (60 degrees in every cell)."""
UNIFORM_LIMIT = 0.25
"""Rms distance from the mean direction up to which a state without a pattern is uniform: the same steps
cause up to 0.14, and up to 0.20 with EdgeSmooth."""
TILT_THRESHOLD_RAD = np.deg2rad(1.0)
"""Angle from the field's line above which a vortex is tilted; fits of upright ones stay below 0.1 degree."""
OFFSET_THRESHOLD = 0.03
"""Distance of the core's line from the centre, in R, from which the core is fitted where it is, and called
displaced. Recorded upright cores, and all of zero field, stay below 0.012; cores that tilt in a field leave
the centre by 0.07 to 0.17."""
SIGMAS = 3.0
"""Standard errors by which nu, or the core's distance, must exceed 0 to differ from it."""
BIC_DECIDES = 2.0
"""Change of Schwarz's criterion that decides whether a coordinate is there: less is not worth more than a
bare mention (Kass & Raftery, J. Am. Stat. Assoc. 90 (1995) 773)."""
MISFIT_LIMIT = 0.5
"""Rms |m - Ansatz| above which the state is no vortex of this kind (0.5 is 29 degrees in every cell)."""
SEVERAL_CORES = 0.3
"""Rms |m - Ansatz| from which cores are counted: recorded vortices leave 0.23 at most, two cores 0.57."""
FOLLOWED_CIRCULATION = 0.3
"""Circulation from which a core is narrow enough for its direction to be followed from end to end."""
LEAST_ALIGNED = 0.5
"""Mean cosine between neighbouring cells below which no texture is resolved, and nothing is counted: random
moments have 0, two vortices in cells of R/5 0.8."""
WEAK_NU = 0.1
"""nu up to which correlated cells alone can look like a vortex: its error has the say."""
