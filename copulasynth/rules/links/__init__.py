"""Links of states: what one column shows decides what another does."""
