"""A run's life: its folder, its record, and its output as read and checked."""
