"""The reference pages in docs/reference, written from the code: `python -m mereq_teleop.app.reference`."""
