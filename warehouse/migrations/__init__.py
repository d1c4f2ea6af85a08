"""Alembic migrations of the warehouse, run by `warehouse.migrate`; no alembic.ini is needed."""
