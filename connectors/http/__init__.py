"""What `download` and `api` share: one guarded, paced, patient conversation with a partner's HTTP server."""
