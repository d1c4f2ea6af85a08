"""Real servers on loopback that a test can make fail, and the invented answers of partners' systems."""
