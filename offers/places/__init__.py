"""Where an offer is: the communes of France, how partners write them, and which one is meant."""
