"""The application a server runs; the model is made ready in the background once a process is up."""

from django.core.wsgi import get_wsgi_application

application = get_wsgi_application()
