"""What is asked: a study, its cases, their field path, lattice and script."""
