"""Label printers: ZPL out, status back."""
