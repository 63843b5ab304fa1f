"""The physics of a magnet on cells: mesh, field terms, solvers; knows no script."""
