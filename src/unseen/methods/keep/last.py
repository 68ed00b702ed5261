"""The last parameters are kept, as they are."""

from unseen.methods.joints import Keep


class Last(Keep):
    """The last parameters are evaluated and kept.

    >>> Last().result({"w": 2.0}, None)
    {'w': 2.0}
    """
