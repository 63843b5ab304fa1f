"""Where the uniform state ends: spinodals and energy crossings."""
