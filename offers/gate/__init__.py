"""What the gate looks at: the figures of a delivery, what drifted, what is missing, what is not of today."""
