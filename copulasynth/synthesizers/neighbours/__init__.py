"""Methods that move training rows towards their neighbours, or shake them."""
