"""Programs written by language models, or by whoever answers in one's place."""
