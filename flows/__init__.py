"""The story. The only place that knows Prefect."""
