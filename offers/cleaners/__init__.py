"""One module per idea: each brings the values of a kind to their canonical text. `offers/cleaning.py` is the door."""
