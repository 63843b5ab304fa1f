"""Hysteresis: loops, observables, sweeps, averages, stability."""
