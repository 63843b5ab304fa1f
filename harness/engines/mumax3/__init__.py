"""MuMax3 as an engine: the program, its versions, its messages and remedies, its kernels."""
