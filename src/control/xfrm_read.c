// SPDX-License-Identifier: GPL-2.0
/* What xfrm's states and policies say, in this module's words. */
#include <linux/inetdevice.h>
#include <net/addrconf.h>
#include <net/protocol.h>
#include <net/xfrm.h>

#include "control/xfrm_row.h"
#include "table/adopt.h"

static u8 family_of(u16 family)
{
	return family == AF_INET ? 4 : 6;
}

static bool is_asked_for(const struct espgw_xfrm *xf, u32 if_id)
{
	const struct espgw_xfrm_cfg *cfg = &xf->cfg;

	if (!cfg->on || (cfg->if_id && cfg->if_id != if_id))
		return false;
	return cfg->mode == ESPGW_XFRM_MODE_ANY ||
	       (cfg->mode == ESPGW_XFRM_MODE_INTERFACE) == !!if_id;
}

/* -- policies */

/* The xfrm interface of an interface ID. Caller holds RTNL. */
static const struct net_device *interface_of(struct net *net, u32 if_id)
{
	const struct net_device *dev;
	const struct xfrm_if *xi;

	for_each_netdev(net, dev) {
		if (!dev->rtnl_link_ops ||
		    strcmp(dev->rtnl_link_ops->kind, "xfrm"))
			continue;
		xi = netdev_priv(dev);
		/* One that has been moved works for where it came from. */
		if (xi->p.if_id == if_id && !xi->p.collect_md &&
		    net_eq(xi->net, net))
			return dev;
	}
	return NULL;
}

/* Ports within a mask, as a range. False: it is none. */
static bool ports_of(__be16 port, __be16 mask, u16 *min, u16 *max)
{
	u16 rest = ~ntohs(mask);

	*min = ntohs(port & mask);
	*max = *min | rest;
	return !(rest & (rest + 1));
}

static bool read_selector(const struct xfrm_selector *s,
			  struct espgw_selector *sel)
{
	memset(sel, 0, sizeof(*sel));
	sel->family = family_of(s->family);
	sel->src_len = s->prefixlen_s;
	sel->dst_len = s->prefixlen_d;
	espgw_addr_from_xfrm(&sel->src, &s->saddr, s->family);
	espgw_addr_from_xfrm(&sel->dst, &s->daddr, s->family);
	espgw_addr_mask(&sel->src, &sel->src, sel->family, sel->src_len);
	espgw_addr_mask(&sel->dst, &sel->dst, sel->family, sel->dst_len);
	sel->dscp = ESPGW_DSCP_ANY;
	sel->has_proto = !!s->proto;
	sel->proto = s->proto;
	sel->has_sport = !!s->sport_mask;
	sel->has_dport = !!s->dport_mask;
	if (s->ifindex || s->user)
		return false;
	if (!sel->has_sport && !sel->has_dport)
		return true;
	switch (s->proto) {
	case IPPROTO_TCP:
	case IPPROTO_UDP:
	case IPPROTO_SCTP:
	case IPPROTO_DCCP:
	case IPPROTO_UDPLITE:
		break;
	default:
		return false;
	}
	return (!sel->has_sport || ports_of(s->sport, s->sport_mask,
					    &sel->sport_min, &sel->sport_max)) &&
	       (!sel->has_dport || ports_of(s->dport, s->dport_mask,
					    &sel->dport_min, &sel->dport_max));
}

static u8 read_template(const struct xfrm_policy *xp,
			struct espgw_policy_cfg *cfg)
{
	const struct xfrm_tmpl *t = &xp->xfrm_vec[0];
	u16 family = t->encap_family;

	if (xp->xfrm_nr != 1 || t->optional)
		return ESPGW_XFRM_REASON_SEVERAL;
	if (t->id.proto != IPPROTO_ESP)
		return ESPGW_XFRM_REASON_PROTOCOL;
	if (t->mode != XFRM_MODE_TUNNEL)
		return ESPGW_XFRM_REASON_TRANSPORT;
	if (xfrm_addr_any(&t->saddr, family) ||
	    xfrm_addr_any(&t->id.daddr, family))
		return ESPGW_XFRM_REASON_ADDRESS;
	cfg->action = ESPGW_ACTION_PROTECT;
	cfg->path.family = family_of(family);
	espgw_addr_from_xfrm(&cfg->path.src, &t->saddr, family);
	espgw_addr_from_xfrm(&cfg->path.dst, &t->id.daddr, family);
	cfg->path.reqid = t->reqid;
	cfg->path.owner = ESPGW_OWNER_XFRM;
	cfg->path.if_id = xp->if_id;
	cfg->spi = t->id.spi;
	return ESPGW_XFRM_REASON_NONE;
}

/**
 * espgw_xfrm_policy_read() - what a policy of xfrm's is here
 * @xf: adoption
 * @xp: outbound policy
 * @cfg: result, as far as it could be read
 *
 * Context: process context, caller holds RTNL. Return: enum espgw_xfrm_reason.
 */
u8 espgw_xfrm_policy_read(struct espgw_xfrm *xf, struct xfrm_policy *xp,
			  struct espgw_policy_cfg *cfg)
{
	const struct net_device *dev;
	bool readable;

	memset(cfg, 0, sizeof(*cfg));
	readable = read_selector(&xp->selector, &cfg->sel);
	cfg->prio = xp->priority;
	cfg->owner = ESPGW_OWNER_XFRM;
	if (xp->walk.dead)
		return ESPGW_XFRM_REASON_DEAD;
	if (!is_asked_for(xf, xp->if_id))
		return ESPGW_XFRM_REASON_NOT_ASKED;
	if (xp->mark.m)
		return ESPGW_XFRM_REASON_MARK;
	if (xp->security)
		return ESPGW_XFRM_REASON_OPTION;
	if (xfrm_policy_is_offloaded(xp))
		return ESPGW_XFRM_REASON_OFFLOAD;
	if (!readable)
		return ESPGW_XFRM_REASON_SELECTOR;
	if (xp->if_id) {
		dev = interface_of(xf->en->net, xp->if_id);
		if (!dev)
			return ESPGW_XFRM_REASON_DEVICE;
		strscpy(cfg->ifname, dev->name, sizeof(cfg->ifname));
	}
	if (xp->action == XFRM_POLICY_BLOCK) {
		cfg->action = ESPGW_ACTION_DISCARD;
		return ESPGW_XFRM_REASON_NONE;
	}
	if (!xp->xfrm_nr) {
		cfg->action = ESPGW_ACTION_BYPASS;
		return ESPGW_XFRM_REASON_NONE;
	}
	return read_template(xp, cfg);
}

/* -- states */

static bool is_local(struct net *net, const xfrm_address_t *a, u16 family)
{
	bool local;

	if (family == AF_INET6)
		return ipv6_chk_addr(net, &a->in6, NULL, 0);
	rcu_read_lock();
	local = __ip_dev_find(net, a->a4, false);
	rcu_read_unlock();
	return local;
}

/* Is ESP taken from the devices before any hook can see it? */
static bool is_taken_early(u16 family)
{
	const struct net_offload *o;
	bool early;

	rcu_read_lock();
	if (family == AF_INET)
		o = rcu_dereference(inet_offloads[IPPROTO_ESP]);
	else
		o = rcu_dereference(inet6_offloads[IPPROTO_ESP]);
	early = o && o->callbacks.gro_receive;
	rcu_read_unlock();
	return early;
}

static bool is_zero(const char *key, unsigned int bits)
{
	return bits && !memchr_inv(key, 0, (bits + 7) / 8);
}

static u8 judge_keys(const struct xfrm_state *x)
{
	if (x->aead)
		return x->aead->alg_key_len > ESPGW_KEY_MAX * 8 ||
		       !espgw_cipher_is_known(x->aead->alg_name, NULL, NULL) ?
		       ESPGW_XFRM_REASON_ALGORITHM :
		       is_zero(x->aead->alg_key, x->aead->alg_key_len) ?
		       ESPGW_XFRM_REASON_ZERO_KEY : ESPGW_XFRM_REASON_NONE;
	if (!x->ealg || !x->aalg || x->ealg->alg_key_len > ESPGW_KEY_MAX * 8 ||
	    x->aalg->alg_key_len > ESPGW_KEY_MAX * 8 ||
	    !espgw_cipher_is_known(NULL, x->ealg->alg_name, x->aalg->alg_name))
		return ESPGW_XFRM_REASON_ALGORITHM;
	return is_zero(x->ealg->alg_key, x->ealg->alg_key_len) ||
	       is_zero(x->aalg->alg_key, x->aalg->alg_key_len) ?
	       ESPGW_XFRM_REASON_ZERO_KEY : ESPGW_XFRM_REASON_NONE;
}

/* What it asks for that nothing here does. */
static bool has_options(const struct xfrm_state *x)
{
	return x->props.flags & (XFRM_STATE_DECAP_DSCP | XFRM_STATE_WILDRECV) ||
	       x->props.extra_flags & XFRM_SA_XFLAG_OSEQ_MAY_WRAP ||
	       x->security || x->coaddr || x->calg;
}

/* Xfrm takes an outbound state for packets within its selector only. */
static bool is_for_some(const struct xfrm_state *x)
{
	const struct xfrm_selector *s = &x->sel;

	return s->prefixlen_s || s->prefixlen_d || s->proto || s->sport_mask ||
	       s->dport_mask || s->ifindex || s->user;
}

static u32 window_of(const struct xfrm_state *x)
{
	return x->replay_esn ? x->replay_esn->replay_window :
			       x->props.replay_window;
}

/**
 * espgw_xfrm_state_judge() - can a state be adopted, as far as it says itself
 * @xf: adoption
 * @x: the state
 * @key: result: the SA's name; its direction is 0 if neither end is here
 *
 * Context: process context. Return: enum espgw_xfrm_reason.
 */
u8 espgw_xfrm_state_judge(struct espgw_xfrm *xf, struct xfrm_state *x,
			  struct espgw_sa_key *key)
{
	u16 family = x->props.family;

	memset(key, 0, sizeof(*key));
	espgw_addr_from_xfrm(&key->dst, &x->id.daddr, family);
	key->spi = x->id.spi;
	key->family = family_of(family);
	if (is_local(xf->en->net, &x->id.daddr, family))
		key->dir = ESPGW_DIR_IN;
	else if (is_local(xf->en->net, &x->props.saddr, family))
		key->dir = ESPGW_DIR_OUT;

	if (x->km.state != XFRM_STATE_VALID || !x->id.spi)
		return ESPGW_XFRM_REASON_DEAD;
	if (!is_asked_for(xf, x->if_id))
		return ESPGW_XFRM_REASON_NOT_ASKED;
	if (x->id.proto != IPPROTO_ESP)
		return ESPGW_XFRM_REASON_PROTOCOL;
	if (x->props.mode != XFRM_MODE_TUNNEL)
		return ESPGW_XFRM_REASON_TRANSPORT;
	if (x->xso.dev)
		return ESPGW_XFRM_REASON_OFFLOAD;
	if (xfrm_state_pcpu_num(x) != U32_MAX)
		return ESPGW_XFRM_REASON_PER_CPU;
	if (x->mark.m)
		return ESPGW_XFRM_REASON_MARK;
	if (x->encap && x->encap->encap_type != UDP_ENCAP_ESPINUDP)
		return ESPGW_XFRM_REASON_ENCAP;
	if (has_options(x) ||
	    (key->dir == ESPGW_DIR_OUT && is_for_some(x)))
		return ESPGW_XFRM_REASON_OPTION;
	if (window_of(x) > ESPGW_REPLAY_WINDOW_MAX)
		return ESPGW_XFRM_REASON_WINDOW;
	if (!key->dir)
		return ESPGW_XFRM_REASON_ADDRESS;
	if (key->dir == ESPGW_DIR_IN && is_taken_early(family))
		return ESPGW_XFRM_REASON_GRO;
	return judge_keys(x);
}

/**
 * espgw_xfrm_state_read() - what a state's SA is to be, but for its keys
 * @x: the state
 * @req: result; its key is there
 *
 * Context: process context.
 */
void espgw_xfrm_state_read(struct xfrm_state *x, struct espgw_sa_request *req)
{
	struct espgw_sa_settings *set = &req->set;
	bool out = req->key.dir == ESPGW_DIR_OUT;

	espgw_addr_from_xfrm(&set->src, &x->props.saddr, x->props.family);
	set->reqid = x->props.reqid;
	set->esn = x->props.flags & XFRM_STATE_ESN;
	set->ecn = !(x->props.flags & XFRM_STATE_NOECN);
	if (x->props.smark.m) {
		set->mark = x->props.smark.v & x->props.smark.m;
		set->mark_mask = x->props.smark.m;
	}
	spin_lock_bh(&x->lock);
	if (x->encap) {
		set->encap_sport = x->encap->encap_sport;
		set->encap_dport = x->encap->encap_dport;
	}
	spin_unlock_bh(&x->lock);
	if (!out) {
		set->replay_window = window_of(x);
		return;
	}
	set->dscp = x->props.extra_flags & XFRM_SA_XFLAG_DONT_ENCAP_DSCP ?
		    0 : ESPGW_COPY;
	set->tfc = x->tfcpad;
	if (x->props.flags & XFRM_STATE_NOPMTUDISC) {
		set->mtu.df = ESPGW_DF_CLEAR;
		set->mtu.set = BIT(ESPGW_MTU_W_DF);
	}
}

/**
 * espgw_xfrm_state_algo() - a state's algorithms and keys
 * @x: the state, which espgw_xfrm_state_judge() finds nothing wrong with
 * @algo: result; to be wiped
 */
void espgw_xfrm_state_algo(struct xfrm_state *x, struct espgw_algo *algo)
{
	if (x->aead) {
		strscpy(algo->aead, x->aead->alg_name, sizeof(algo->aead));
		algo->key_len = (x->aead->alg_key_len + 7) / 8;
		memcpy(algo->key, x->aead->alg_key, algo->key_len);
		algo->icv_bits = x->aead->alg_icv_len;
		return;
	}
	strscpy(algo->enc, x->ealg->alg_name, sizeof(algo->enc));
	algo->key_len = (x->ealg->alg_key_len + 7) / 8;
	memcpy(algo->key, x->ealg->alg_key, algo->key_len);
	strscpy(algo->auth, x->aalg->alg_name, sizeof(algo->auth));
	algo->auth_key_len = (x->aalg->alg_key_len + 7) / 8;
	memcpy(algo->auth_key, x->aalg->alg_key, algo->auth_key_len);
	algo->icv_bits = x->aalg->alg_trunc_len;
}

static bool same(const char *a, unsigned int a_bits, const char *b,
		 unsigned int b_bits)
{
	return a_bits == b_bits && !memcmp(a, b, (a_bits + 7) / 8);
}

/**
 * espgw_xfrm_state_same_key() - do two states have the same key
 * @x: a state
 * @other: another one
 *
 * Context: any; a reference to both is held. Return: true if so.
 */
bool espgw_xfrm_state_same_key(struct xfrm_state *x, struct xfrm_state *other)
{
	if (x->aead)
		return other->aead &&
		       same(x->aead->alg_key, x->aead->alg_key_len,
			    other->aead->alg_key, other->aead->alg_key_len);
	return x->aalg && other->aalg && !other->aead &&
	       same(x->aalg->alg_key, x->aalg->alg_key_len,
		    other->aalg->alg_key, other->aalg->alg_key_len);
}
