"""The continuum: all coordinates of the sphere, solved spectrally, certified, with error bars."""
