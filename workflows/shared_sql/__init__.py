"""A box for SQL queries over what is published: results, charts, queries that are kept and shared, pages of several."""
