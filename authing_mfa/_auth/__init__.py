"""Prove who calls: by tokens, an access key, the application's secret, a password."""
