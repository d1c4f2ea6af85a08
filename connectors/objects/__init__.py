"""Object stores for plain code: the only package that knows the library behind s3://."""
