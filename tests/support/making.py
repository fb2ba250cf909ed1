"""Makers of messages that several tests share."""

from collections.abc import Callable

from services.contracts.messages import Article

MakeArticle = Callable[..., Article]
