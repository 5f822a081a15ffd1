"""A page about recorded sessions: numbers first, then their pictures, in one HTML file."""
