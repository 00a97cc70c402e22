"""Who follows a simulated account, and what WeChat keeps about them: the truth."""
