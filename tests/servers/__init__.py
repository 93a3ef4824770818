"""Real servers for the tests, each started on loopback and a free port and stopped afterwards."""
