"""Side by side with peers: `python -m benchmarks`, and what the scoring scripts import."""
