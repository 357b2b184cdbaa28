"""The frame around every screen: header, alarm strip, rail, action bar, sign-in."""
