"""The browser: decisions in the page itself, and a service worker that answers Edgewise's routes offline."""
