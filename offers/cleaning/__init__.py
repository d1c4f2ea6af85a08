"""The partner's values to our canonical ones, one module per idea. `offers/cleaning/batch.py` is the door."""
