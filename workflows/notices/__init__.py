"""Notices to people: by e-mail, webhook or a command of theirs."""
