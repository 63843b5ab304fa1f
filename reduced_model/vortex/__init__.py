"""The Ansatz: profile functions, energies, their minima."""
