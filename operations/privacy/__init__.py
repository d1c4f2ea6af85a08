"""Persons, and what is kept of them: found, told, erased; and what is purged because its time is over."""
