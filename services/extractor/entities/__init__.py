"""Names in a text: companies, parks, bodies, places, persons, titles and projects."""
