"""JSON of an import: records found in lines and documents, and the columns that a mapping names in them."""
