// The sink of PostgreSQL tables.
