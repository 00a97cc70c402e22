"""The followers of a simulated account, and what WeChat stores about them."""
