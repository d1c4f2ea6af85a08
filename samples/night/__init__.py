"""A night, rehearsed: many feeds over folders, SFTP and an API, four of them at fault. `make night`."""
