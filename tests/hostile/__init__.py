"""What a file, its name, its weights or the machine can do to archdsl, and may not."""
