"""What goes wrong on request, and how it spoils a reply."""
