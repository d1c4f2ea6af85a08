"""What we accept: rules on rows, and the gate over a whole delivery."""
