"""A small web of invented clinics, and the whole way through it."""
