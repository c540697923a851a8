import os

SECRET_KEY = "of the application"
INSTALLED_APPS = ["app"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
DATABASES = {"default": {
    "ENGINE": "django.db.backends.postgresql", "NAME": os.environ["PGDATABASE"], "HOST": os.environ["PGHOST"], "PORT": os.environ["PGPORT"],
    "USER": os.environ.get("DJANGO_USER", "authenticator"),
    # inspectdb reads the tables of the search path.
    "OPTIONS": {"options": f"-c search_path={os.environ.get('DJANGO_SCHEMA', 'app')}"},
}}
