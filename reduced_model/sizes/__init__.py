"""Critical sizes and the statistics of many particles."""
