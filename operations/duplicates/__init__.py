"""Records that are one offer: looked at, decided, decided again by a sheet, and made anew from their beginnings."""
