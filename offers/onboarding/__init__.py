"""A partner's first day: a mapping guessed from a sample, and the form that she may fill in."""
