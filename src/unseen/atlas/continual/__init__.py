"""Continual learning: what a learner keeps of earlier tasks while it learns others."""
