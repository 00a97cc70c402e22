"""What an undisturbed WeChat answers to each call."""
