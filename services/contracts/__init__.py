"""What the services agree on: topics, messages, their encoding and identities.

This package imports nothing of ours; every other package may import it.
"""
