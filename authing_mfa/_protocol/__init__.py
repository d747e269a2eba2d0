"""The wire: endpoints, envelopes, bodies, and what goes out and comes back."""
