"""The WeChat Official Account API: plain values in and out, no models, settings or database."""
