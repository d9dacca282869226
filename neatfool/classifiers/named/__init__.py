"""Networks that have a name here, and how the small ones are trained."""
