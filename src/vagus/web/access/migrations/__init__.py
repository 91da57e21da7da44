"""How the tables of this part grew."""
