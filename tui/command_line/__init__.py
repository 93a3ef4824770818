"""The commands of `pipewizard`, one module each; they load what they need when they run."""
