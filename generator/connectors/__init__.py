"""The systems pipewizard can read from and write to, one folder or module each."""
