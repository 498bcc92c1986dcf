/*
 * URLs where certificates and CRLs say that things are to be had, in their
 * order. Distribution points for some reasons only, or of another CRL issuer,
 * are left out as Windows does; so are names that are no URLs.
 */
#include "fetch/ask_parts.h"

static void
add(struct url_list *list, uint64_t max, struct span raw, const char *named_by)
{
	if (list->count >= ASK_MAX_URLS) {
		list->more++;
		return;
	}
	list->items[list->count++] = (struct url_item){ raw, named_by };
	list->allowed = list->count < max ? list->count : (size_t)max;
}

static void
of_aia(const struct cert *cert, enum access_method method, uint64_t max,
    struct url_list *list)
{
	struct der_source source = cert_source(cert);
	const struct ext *ext = cert_ext(cert, EXT_AIA);
	struct access_description access;
	struct der in;

	*list = (struct url_list){ 0 };
	if (ext == NULL || !ext_open_list(&source, ext, "RFC 5280 4.2.2.1", &in))
		return;
	while (!der_is_empty(&in) && access_next(&in, &access))
		if (access.method == method &&
		    access.location.kind == GENERAL_URI)
			add(list, max, access.location.value, "AIA");
}

void
urls_of_ocsp(const struct cert *cert, uint64_t max, struct url_list *list)
{
	of_aia(cert, ACCESS_OCSP, max, list);
}

void
urls_of_issuers(const struct cert *cert, uint64_t max, struct url_list *list)
{
	of_aia(cert, ACCESS_CA_ISSUERS, max, list);
}

static void
of_points(const struct ext_list *exts, enum ext_id id, struct span document,
    const char *named_by, uint64_t max, struct url_list *list)
{
	struct der_source source = der_source_of(document);
	const struct ext *ext = ext_find(exts, id);
	struct general_name name;
	struct dist_point point;
	struct der in, names;

	*list = (struct url_list){ 0 };
	if (ext == NULL || !ext_open_list(&source, ext, "RFC 5280 4.2.1.13", &in))
		return;
	while (!der_is_empty(&in) && dist_point_next(&in, &point)) {
		if (point.has_reasons || point.issuer.ptr != NULL) {
			list->odd_points++;
			continue;
		}
		if (point.full_name.ptr == NULL)
			continue;
		names = der_open(&source, point.full_name);
		while (!der_is_empty(&names) && general_name_next(&names, &name))
			if (name.kind == GENERAL_URI)
				add(list, max, name.value, named_by);
	}
}

void
urls_of_crls(const struct cert *cert, uint64_t max, struct url_list *list)
{
	of_points(&cert->exts, EXT_CRL_DPS, cert->der, "CDP", max, list);
}

void
urls_of_deltas(const struct ext_list *exts, struct span document, uint64_t max,
    struct url_list *list)
{
	of_points(exts, EXT_FRESHEST_CRL, document, "FreshestCRL", max, list);
}
