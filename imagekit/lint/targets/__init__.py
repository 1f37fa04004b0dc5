"""What rules look at: files, read and understood once. Values; nothing here reads the disk."""
