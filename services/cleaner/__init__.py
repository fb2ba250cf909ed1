"""Pages to articles: decode, find the article, drop what is not the article, read its metadata."""
