"""SQL batch on a server: every version is a table of PostgreSQL, and a dataset's name a view of the current one."""
