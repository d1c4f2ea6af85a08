"""The gate: what is asked of a delivery as a whole, its verdict, and Great Expectations' own look at the night."""
