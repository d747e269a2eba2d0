"""How values and QR codes look in a notebook."""
