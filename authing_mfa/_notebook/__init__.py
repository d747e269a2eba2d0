"""QR codes on the page of a notebook."""
