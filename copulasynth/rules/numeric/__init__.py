"""Numbers and times: orders, calendars, last digits, places, bounds."""
