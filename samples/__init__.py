"""Invented partners and their drops, for the demo and the tests. Nothing in it is a real offer."""
