"""What people say of datasets: a glossary, and whose they are; ours, and that of a team."""
