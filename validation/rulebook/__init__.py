"""The row rules, one module per idea. `validation/rules.py` puts them in order."""
