"""Tables that people bring and take: reading uploads in a process of their own, and cells."""
