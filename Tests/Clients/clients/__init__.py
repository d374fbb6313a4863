"""What the client tests share: servers of their own, a REST client, raw connections and forged tokens."""
