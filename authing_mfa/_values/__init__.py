"""What callers give and receive: arguments, values, and the mapper that makes these of JSON."""
