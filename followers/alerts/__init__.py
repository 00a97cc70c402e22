"""Who is told of what: targets, messages and their delivery."""
