"""Looking after the tools: this machine, two engines beside each other, runs repeated."""
