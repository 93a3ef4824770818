"""Design -> blueprint -> render -> check -> write."""
