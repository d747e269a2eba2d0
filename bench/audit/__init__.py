"""How the audit fares with a large pool, and how near it comes to its ideal rate."""
