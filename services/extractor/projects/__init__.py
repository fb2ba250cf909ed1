"""Investment projects: rows out of the clauses and the tables of an article."""
