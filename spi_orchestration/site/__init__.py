"""The public site: static pages made from one public release.

Belongs here: reading a release for show, words, charts, templates, one stylesheet, one script, writing the
pages and copying them out. Does not belong here: computing a published figure (the marts), or any way to the
warehouse or to internal tables: a page can hold nothing that the release does not.
"""
