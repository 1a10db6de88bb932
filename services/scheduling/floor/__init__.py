"""What is done to running infusions, one by one or on a whole floor, deviations, roll-calls: rows and answers."""
