"""Raw pins, boards and users: their schemas, what is accepted and what is set aside."""
