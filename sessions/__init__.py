"""What happened: records, segments, recordings of sessions, and their verification."""
