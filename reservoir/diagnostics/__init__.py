"""What a reservoir remembers, whether it is stable, and whether a forecast keeps the climate."""
