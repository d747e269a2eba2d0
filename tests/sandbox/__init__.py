"""The sandbox: its rules with a clock of their own, its server, its ways to misbehave."""
