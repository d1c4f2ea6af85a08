"""What differs between places and partners: the environment, the partner files, the reference tables."""
