"""What people ask for: commands and flows call these. Knows no Prefect."""
