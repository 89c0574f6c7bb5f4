"""How Alembic runs here: inside the connection and transaction that schema.upgrade hands over."""

from alembic import context

context.configure(
    connection=context.config.attributes["connection"],
    version_table_schema="numbers",
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
