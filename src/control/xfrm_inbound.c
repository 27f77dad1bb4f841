// SPDX-License-Identifier: GPL-2.0
/*
 * Of which packets xfrm need not be asked whether they may arrive.
 *
 * As soon as it has policies it looks up each IPv4 packet that is received or
 * forwarded. What it would say is known beforehand
 *
 *   of what has no security path, if each inbound policy is for an interface: no
 *	policy is for it (espgw_net.xfrm_parted);
 *   of what was decrypted here for an interface, and let in by a policy, if xfrm's
 *	inbound ones of that interface say the same: they are the outbound ones the
 *	other way round (espgw_net.xfrm_alike).
 *
 * Whatever is heard of policies takes that back at once, until all of them have been
 * looked at anew.
 */
#include <linux/jhash.h>
#include <net/xfrm.h>

#include "control/xfrm_row.h"
#include "table/adopt.h"

/**
 * struct espgw_xfrm_inbound - an inbound policy for an interface
 * @node: in espgw_xfrm.inbound
 * @xp: it, a reference is held
 * @mirrored: an adopted policy is the same the other way round
 */
struct espgw_xfrm_inbound {
	struct hlist_node node;
	struct xfrm_policy *xp;
	bool mirrored;
};

static u32 hash_of(u32 if_id, const xfrm_address_t *src, const xfrm_address_t *dst)
{
	return jhash_3words(if_id, (__force u32)src->a4, (__force u32)dst->a4, 0);
}

/**
 * espgw_xfrm_inbound_forget() - before a look
 * @xf: adoption
 *
 * Context: process context, caller holds espgw_xfrm.lock.
 */
void espgw_xfrm_inbound_forget(struct espgw_xfrm *xf)
{
	struct espgw_xfrm_inbound *in;
	struct espgw_xfrm_row *row;
	struct hlist_node *next;
	unsigned long index;
	unsigned int i;

	WRITE_ONCE(xf->en->xfrm_alike, false);
	xa_for_each(&xf->policies, index, row)
		row->in[0] = row->in[1] = NULL;
	hash_for_each_safe(xf->inbound, i, next, in, node) {
		hash_del(&in->node);
		xfrm_pol_put(in->xp);
		kfree(in);
	}
	xf->others = 0;
	xf->unknown = 0;
	xf->looked_in = atomic_read(&xf->heard_in);
}

/**
 * espgw_xfrm_inbound_wants() - an inbound policy is met in a look
 * @xf: adoption
 * @xp: the policy
 *
 * Context: under xfrm's lock. Return: true if it is to be noted.
 */
bool espgw_xfrm_inbound_wants(struct espgw_xfrm *xf, const struct xfrm_policy *xp)
{
	if (xp->family != AF_INET || !xf->cfg.on)
		return false;
	xf->others += !xp->if_id;
	xf->unknown += xp->if_id && xp->type != XFRM_POLICY_TYPE_MAIN;
	return xp->if_id && xp->type == XFRM_POLICY_TYPE_MAIN;
}

/**
 * espgw_xfrm_inbound_note() - note an inbound policy for an interface
 * @xf: adoption
 * @xp: the policy
 *
 * Context: process context, caller holds espgw_xfrm.lock.
 */
void espgw_xfrm_inbound_note(struct espgw_xfrm *xf, struct xfrm_policy *xp)
{
	struct espgw_xfrm_inbound *in = kzalloc(sizeof(*in), GFP_KERNEL_ACCOUNT);

	if (!in) {
		xf->unknown++;
		return;
	}
	xfrm_pol_hold(xp);
	in->xp = xp;
	hash_add(xf->inbound, &in->node,
		 hash_of(xp->if_id, &xp->selector.saddr, &xp->selector.daddr));
}

/* Is one template the other, the other way round, and is that all it asks for? */
static bool template_mirrors(const struct xfrm_tmpl *t, const struct xfrm_tmpl *out)
{
	return t->id.proto == IPPROTO_ESP && t->mode == XFRM_MODE_TUNNEL &&
	       !t->id.spi && !t->optional && t->allalgs &&
	       t->reqid == out->reqid && t->encap_family == out->encap_family &&
	       xfrm_addr_equal(&t->saddr, &out->id.daddr, t->encap_family) &&
	       xfrm_addr_equal(&t->id.daddr, &out->saddr, t->encap_family);
}

static bool mirrors(const struct xfrm_policy *xp, const struct xfrm_policy *out)
{
	const struct xfrm_selector *s = &xp->selector, *o = &out->selector;

	return xp->if_id == out->if_id && !xp->walk.dead &&
	       xp->action == XFRM_POLICY_ALLOW && xp->xfrm_nr == 1 &&
	       !xp->mark.m && !xp->security && !xfrm_policy_is_offloaded(xp) &&
	       s->family == o->family && s->proto == o->proto &&
	       s->saddr.a4 == o->daddr.a4 && s->daddr.a4 == o->saddr.a4 &&
	       s->prefixlen_s == o->prefixlen_d &&
	       s->prefixlen_d == o->prefixlen_s &&
	       s->sport == o->dport && s->sport_mask == o->dport_mask &&
	       s->dport == o->sport && s->dport_mask == o->sport_mask &&
	       !s->ifindex && !s->user &&
	       template_mirrors(&xp->xfrm_vec[0], &out->xfrm_vec[0]);
}

static bool is_for_interface(const struct espgw_xfrm_row *row)
{
	return row->p && row->reason == ESPGW_XFRM_REASON_NONE && row->if_id &&
	       row->want.action == ESPGW_ACTION_PROTECT &&
	       row->want.sel.family == 4;
}

/* Those that say the same of what arrives: for this host, and to be forwarded. */
static bool find_mirrors(struct espgw_xfrm *xf, struct espgw_xfrm_row *row)
{
	const struct xfrm_selector *s = &row->xp->selector;
	struct espgw_xfrm_inbound *in;

	hash_for_each_possible(xf->inbound, in, node,
			       hash_of(row->if_id, &s->daddr, &s->saddr)) {
		if (!mirrors(in->xp, row->xp))
			continue;
		in->mirrored = true;
		row->in[xfrm_policy_id2dir(in->xp->index) == XFRM_POLICY_FWD] =
			in->xp;
	}
	return row->in[0] && row->in[1];
}

/* Nothing else may come before them. */
static bool is_alone(struct espgw_xfrm *xf, const struct espgw_xfrm_row *row)
{
	const struct espgw_xfrm_row *other;
	unsigned long index;

	xa_for_each(&xf->policies, index, other)
		if (other->if_id == row->if_id && is_for_interface(other) &&
		    memcmp(&other->want.path, &row->want.path,
			   sizeof(row->want.path)) &&
		    espgw_xfrm_overlap(&other->want.sel, &row->want.sel))
			return false;
	return true;
}

static bool policies_are_alike(struct espgw_xfrm *xf)
{
	const struct xfrm_selector *s;
	struct espgw_xfrm_inbound *in;
	struct espgw_xfrm_row *row;
	bool portless = true;
	unsigned long index;
	unsigned int i;

	xa_for_each(&xf->policies, index, row) {
		if (!is_for_interface(row))
			continue;
		if (!find_mirrors(xf, row) || !is_alone(xf, row))
			return false;
		s = &row->xp->selector;
		portless &= !s->sport_mask && !s->dport_mask;
	}
	/* Before it is known that they are alike: nobody looks yet. */
	WRITE_ONCE(xf->en->xfrm_portless, portless);
	hash_for_each(xf->inbound, i, in, node) {
		if (in->mirrored)
			continue;
		xa_for_each(&xf->policies, index, row)
			if (row->if_id == in->xp->if_id && is_for_interface(row))
				return false;
	}
	return true;
}

/* What came by a state meets the templates; and it asks for nothing itself. */
static bool states_are_alike(struct espgw_xfrm *xf)
{
	const struct xfrm_selector *s;
	struct espgw_xfrm_row *row;
	struct espgw_sa *sa;
	bool alike = true;
	unsigned int i;

	rcu_read_lock();
	hash_for_each(xf->states, i, row, node) {
		if (!row->adopted || row->key.dir != ESPGW_DIR_IN || !row->if_id)
			continue;
		s = &row->x->sel;
		sa = espgw_xfrm_sa_of(xf, row);
		alike &= sa && row->x->props.reqid == sa->path->key.reqid &&
			 !s->prefixlen_s && !s->prefixlen_d && !s->proto &&
			 !s->sport_mask && !s->dport_mask && !s->ifindex;
	}
	rcu_read_unlock();
	return alike;
}

/**
 * espgw_xfrm_inbound_judge() - of which packets need xfrm not be asked
 * @xf: adoption, in line with what was looked at
 *
 * Context: process context, caller holds espgw_xfrm.lock.
 */
void espgw_xfrm_inbound_judge(struct espgw_xfrm *xf)
{
	struct espgw_net *en = xf->en;

	WRITE_ONCE(en->xfrm_parted, xf->cfg.on && !xf->others);
	if (xf->cfg.on && !xf->unknown && policies_are_alike(xf) &&
	    states_are_alike(xf))
		/* Pairs with who reads that first, and then xfrm_portless. */
		smp_store_release(&en->xfrm_alike, true);
	/* Pairs with espgw_xfrm_inbound_event(): it counts, then takes it back. */
	smp_mb();
	if (atomic_read(&xf->heard_in) != xf->looked_in)
		WRITE_ONCE(en->xfrm_parted, false);
	if (atomic_read(&xf->heard_in) != xf->looked_in ||
	    atomic_read(&xf->heard) != xf->looked)
		WRITE_ONCE(en->xfrm_alike, false);
}

/**
 * espgw_xfrm_inbound_event() - states or policies have changed, counted already
 * @xf: adoption
 * @inbound: inbound ones
 *
 * Context: any.
 */
void espgw_xfrm_inbound_event(struct espgw_xfrm *xf, bool inbound)
{
	/* Pairs with espgw_xfrm_inbound_judge(). */
	smp_mb__after_atomic();
	WRITE_ONCE(xf->en->xfrm_alike, false);
	if (inbound)
		WRITE_ONCE(xf->en->xfrm_parted, false);
}

/**
 * espgw_xfrm_inbound_tell() - inbound policies are in use that xfrm is not asked of
 * @row: of a policy, adopted
 *
 * Key daemons read from them when something was received last.
 *
 * Context: process context, caller holds espgw_xfrm.lock and espgw_net.lock.
 */
void espgw_xfrm_inbound_tell(struct espgw_xfrm_row *row)
{
	time64_t now = ktime_get_real_seconds();
	const struct espgw_sa *sa;
	u64 packets = 0;

	if (!row->in[0] || !row->in[1])
		return;
	list_for_each_entry(sa, &row->p->path->in_sas, on_path)
		packets += espgw_sa_stat_sum(sa, ESPGW_SA_STAT_A_PACKETS);
	/* An SA that has gone takes its count along. */
	if (packets > row->in_packets) {
		WRITE_ONCE(row->in[0]->curlft.use_time, now);
		WRITE_ONCE(row->in[1]->curlft.use_time, now);
	}
	row->in_packets = packets;
}
