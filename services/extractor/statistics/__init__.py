"""The statistical layer: a small linear model that finds names by what is in and around them."""
