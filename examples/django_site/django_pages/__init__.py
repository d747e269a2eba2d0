"""The security page of a site, on Django."""
