"""The reference MES: the far end of the MES contract, with a database and a page of its own."""
