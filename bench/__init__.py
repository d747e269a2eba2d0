"""Speed of authing-mfa, as ratios to what it stands on, taken side by side in one run."""
