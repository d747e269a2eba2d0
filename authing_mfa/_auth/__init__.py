"""Signing requests: with the application's secret, with tokens, with an access key."""
