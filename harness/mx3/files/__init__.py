"""What a script reads and writes: its output folder, OVF files."""
