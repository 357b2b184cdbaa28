"""Records of what the plant is and does, in the words of ISA-95."""
