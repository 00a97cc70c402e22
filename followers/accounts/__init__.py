"""An Official Account: its credentials, its client, its calls, who may do what with it."""
