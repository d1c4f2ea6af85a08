"""What people read: the return to the employer. Pure rendering; imports only `offers`."""
