"""How a question is read: tokens become phrases, and phrases one typed query."""
