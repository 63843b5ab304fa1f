"""What other programs leave of a loop: tables, states, scripts, each read as it is."""
