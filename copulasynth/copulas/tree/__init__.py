"""Rosenblatt-tree copulas: every conditional law a bag of trees."""
