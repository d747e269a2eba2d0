"""Who signs a request: the application, tokens, access keys."""
