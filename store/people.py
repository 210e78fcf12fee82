"""People's input, which no rebuild touches: accounts, reviews, replies, cases, audit, labels."""
