"""Facts out of articles: entities, amounts and investment projects."""
