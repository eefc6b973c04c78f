"""Vine copulas: structures, pair copulas, their fit, and draws by tables."""
