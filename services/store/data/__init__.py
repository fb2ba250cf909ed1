"""Tables of words, kept as data so that they can be extended without programming."""
