"""One SFTP connection for plain code: the only package that knows the SSH library (docs/adr/0005)."""
