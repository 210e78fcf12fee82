"""For search engines and other programs: robots.txt, sitemap.xml, security.txt's kin."""

from xml.etree.ElementTree import Element, SubElement, tostring

from flask import Blueprint, Response, abort, url_for
from sqlmodel import col, select

from store.engine import session
from store.listing import Listing
from webapp.caching import cached
from webapp.site import get_site

discovery = Blueprint("discovery", __name__)
ON_A_MAP = 10_000  # the protocol allows 50,000 addresses
MAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
FIXED = ("search.index", "checklist.index", "accuracy.methodology", "statistics.index", "data.index", "pages.about")


@discovery.get("/robots.txt")
def robots() -> Response:
    """Everything may be read but the desk, the archived texts and the endless mixes of filters."""
    lines = (
        "User-agent: *",
        "Disallow: /desk",
        "Disallow: /clinics/*/pages/",
        "Disallow: /compare",
        "Disallow: /*?",
        f"Sitemap: {get_site().address}{url_for('discovery.sitemap')}",
        "",
    )
    response = Response("\n".join(lines), mimetype="text/plain")
    response.headers["Cache-Control"] = "public, max-age=3600"
    return response


@discovery.get("/sitemap.xml")
@cached
def sitemap() -> Response:
    """The index of site maps."""
    site = get_site()
    index = Element("sitemapindex", {"xmlns": MAP})
    for part in range(max(1, -(-site.catalogue.count // ON_A_MAP))):
        address = site.address + url_for("discovery.sitemap_part", part=part)
        SubElement(SubElement(index, "sitemap"), "loc").text = address
    return _xml(index)


@discovery.get("/sitemaps/<int:part>.xml")
@cached
def sitemap_part(part: int) -> Response:
    """One site map: the fixed pages in the first, then clinics in the order of names."""
    site = get_site()
    ids = site.catalogue.ids[part * ON_A_MAP : (part + 1) * ON_A_MAP].tolist() if part < 100_000 else []
    if part and not ids:
        abort(404)
    addresses = [url_for(endpoint) for endpoint in FIXED] if part == 0 else []
    if part == 0:
        addresses += [url_for("checklist.criterion", criterion_id=one.id) for one in site.checklist.criteria]
    with session(site.engine) as opened:
        for start in range(0, len(ids), 500):
            rows = opened.exec(select(Listing.slug).where(col(Listing.clinic_id).in_(ids[start : start + 500])))
            addresses += [url_for("clinics.page", slug=slug) for slug in rows]
    urls = Element("urlset", {"xmlns": MAP})
    for address in addresses:
        SubElement(SubElement(urls, "url"), "loc").text = site.address + address
    return _xml(urls)


def _xml(root: Element) -> Response:
    return Response(
        b'<?xml version="1.0" encoding="utf-8"?>\n' + tostring(root, encoding="utf-8"), content_type="application/xml"
    )
