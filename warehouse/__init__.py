"""Where offers live: the database, and the landing that keeps every drop. The only door to SQL."""
