"""The demo: the terminal beside a demo plant, played by a person or by itself."""
