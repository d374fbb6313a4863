"""Peers that speak HTTP/1.1 and RFC 6455 byte by byte, so that they can also speak them wrongly."""
