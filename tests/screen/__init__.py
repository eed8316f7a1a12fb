"""The screen, by Pilot and in real terminals."""
