"""What passes on this host's own wires: captured, filtered in the kernel, taken apart."""
