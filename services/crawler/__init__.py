"""The crawler: fetches what people add and what it links to, and publishes pages as received."""
