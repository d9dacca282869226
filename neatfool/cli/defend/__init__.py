"""Commands that look at a network from the other side: what it lets in, and what keeps it out."""
