"""What no procedure can do, made finite: truths and questions built from the answers of those who are asked."""
