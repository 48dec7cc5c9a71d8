"""How Arrow columns become columns of PostgreSQL."""
