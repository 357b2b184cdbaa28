"""The widgets that every screen is built from; they know no records and no devices."""
