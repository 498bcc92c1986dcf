#include "engine/events_policy.h"

#include "engine/host.h"

static void
ssl_info(struct events_writer *w, struct node *root)
{
	const struct question *q = w->reply->question;
	const struct ruling_inputs *p = &w->reply->policy_inputs;
	struct node *n = frame_add(w, root, "SSLAdditionalPolicyInfo");

	frame_attribute(w, n, "authType", p->is_client ? "client" : "server");
	if (q->host_count != 0) {
		host_add(&w->text, &q->hosts[0]);
		frame_attribute(w, n, "serverName", frame_gathered(w));
	}
	if (p->ssl_checks != 0)
		frame_flags(w, n, "IgnoreFlags", FLAGS_SSL_IGNORE,
		    p->ssl_checks);
}

void
events_give_policy(struct events_writer *w)
{
	const struct ruling_inputs *p = &w->reply->policy_inputs;
	const struct ruling *s = &w->reply->policy;
	struct event ev;
	struct node *root = frame_begin(w, 30, &ev), *n;

	n = frame_add(w, root, "Policy");
	frame_attribute(w, n, "type", decode_policy(p->policy));
	frame_number(w, n, "constant", p->policy);
	(void)frame_certificate(w, root, "Certificate",
	    w->reply->path->elements[0].cert);
	frame_attribute(w, frame_add(w, root, "CertificateChain"), "chainRef",
	    w->chain_ref);
	frame_flags(w, root, "Flags", FLAGS_POLICY, p->flags);
	if (p->policy == POLICY_KIND_SSL)
		ssl_info(w, root);
	n = frame_add(w, root, "Status");
	frame_number(w, n, "chainIndex", s->chain_index);
	frame_number(w, n, "elementIndex", s->element_index);
	if (s->error != 0)
		ev.level = EVENTS_LEVEL_ERROR;
	frame_end_alone(w, root);
	frame_result(w, root, "Result", s->error);
	frame_give(w, &ev);
}
