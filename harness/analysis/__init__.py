"""What a run's output says in the language of the model: branch by branch, vortex fits, radial profiles."""
