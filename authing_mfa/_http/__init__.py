"""Sending one request and reading its response, over requests and urllib3."""
