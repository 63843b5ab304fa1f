"""What a run's output says in the language of the model.

In: loops (tables) and vector fields (saved states) of a sphere.
Out: branch-wise observables, vortex fits, radial profiles.
"""
