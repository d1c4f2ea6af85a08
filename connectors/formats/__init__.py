"""From bytes to text in columns: unpacking, encodings, one module per family of formats."""
