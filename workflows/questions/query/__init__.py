"""The query that a question means, as typed values, and the SQL that is printed from it."""
