"""OPC UA: everything between the terminal and a PLC or machine that speaks it."""
