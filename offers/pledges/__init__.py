"""What organisations promised, which of them an employer is, and what was delivered."""
