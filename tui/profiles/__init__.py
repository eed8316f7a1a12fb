"""What is known of products: connection limits, ports, unit ids, with sources."""
