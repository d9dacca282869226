"""The breeder of pictures."""
