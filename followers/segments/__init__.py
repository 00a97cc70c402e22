"""The one language of filters: a list's parameters as a value with problems, rows and words."""
