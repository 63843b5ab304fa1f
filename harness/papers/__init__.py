"""What the papers print, beside what their equations give."""
