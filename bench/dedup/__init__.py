"""The benchmark of duplicates: invented offers whose truth is known, figures, and the peers side by side."""
