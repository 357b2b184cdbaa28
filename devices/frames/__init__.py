"""What devices send, as pure decoders and parsers: bytes in, packets out; no port, no clock."""
