"""Matching where the records are: who is compared, which offer each belongs to, its golden row, what people decide."""
