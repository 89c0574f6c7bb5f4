"""A week of the number inventory, told from the simulator's list to the table of numbers."""
