"""Property tests of the reduced model: no deadline, since a first call may compile its kernels."""

from hypothesis import settings

settings.register_profile("reduced_model", deadline=None)
settings.load_profile("reduced_model")
