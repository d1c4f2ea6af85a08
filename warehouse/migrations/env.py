"""What Alembic runs: always on the connection that `warehouse.migrate` hands over."""

from __future__ import annotations

from alembic import context

from warehouse.matching.schema import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, transactional_ddl=True)
with context.begin_transaction():
    context.run_migrations()
