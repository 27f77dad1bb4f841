// SPDX-License-Identifier: GPL-2.0
/* The way that a path's probes take: SA, route, sizes, and who asks whom. */
#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/inetdevice.h>
#include <net/addrconf.h>
#include <net/dst.h>

#include "core/selector.h"
#include "hook/prober.h"
#include "table/fit.h"
#include "table/spd.h"

/**
 * espgw_way_of() - how a path's probes go at the moment
 * @w: result
 * @sa: the outbound SA that they take, alive
 *
 * Context: under RCU, bottom halves off, without the path's lock.
 */
void espgw_way_of(struct espgw_way *w, struct espgw_sa *sa)
{
	const struct espgw_mtu_policy *mp;
	struct espgw_fit f;
	u32 least;

	w->sa = sa;
	w->dst = espgw_sa_route(sa);
	w->now_ms = espgw_path_now_ms();
	espgw_fit_now(sa, &f);
	mp = &f.in.mtu;

	w->env.max = f.limit;
	w->env.pmtu = f.path_mtu;
	w->env.align = sa->len.align;
	w->env.overhead = sa->len.head + sa->len.icv;
	least = espgw_len_outer(&sa->len, espgw_echo_len(6));
	w->env.floor = min(max(f.floor, least), w->env.max);
	w->env.confirm_ms = ESPGW_PROBE_CONFIRM_MS;
	w->env.raise_ms = ESPGW_PROBE_RAISE_MS;
	if (mp->pmtu_age_s != ESPGW_AGE_INFINITE)
		w->env.raise_ms = min_t(u64, w->env.raise_ms,
					(u64)mp->pmtu_age_s * MSEC_PER_SEC);
	w->env.on = mp->probe == ESPGW_PROBE_ON;
	w->suspect = mp->probe == ESPGW_PROBE_SUSPECT;
	w->answer = mp->icmp_answer;

	w->pmtu = (struct espgw_pmtu_env) {
		.effective = w->env.pmtu,
		.floor = w->env.floor,
		/* What is confirmed over and over does not age. */
		.age_s = w->env.on ? ESPGW_AGE_INFINITE : mp->pmtu_age_s,
		.learn = mp->pmtu_learn,
		.probe = w->env.on,
	};
}

/**
 * espgw_way_end() - the end of espgw_way_of()
 * @w: the way
 */
void espgw_way_end(const struct espgw_way *w)
{
	dst_release(w->dst);
}

/* Would an echo request between these go by the path? */
static bool leads(const struct espgw_way *w, const struct espgw_addr *src,
		  const struct espgw_addr *dst, u8 family)
{
	const struct espgw_view v = {
		.src = *src,
		.dst = *dst,
		.family = family,
		.len = espgw_echo_len(family),
		.proto = family == 4 ? IPPROTO_ICMP : IPPROTO_ICMPV6,
		.icmp_type = family == 4 ? ICMP_ECHO : ICMPV6_ECHO_REQUEST,
		.ttl = ESPGW_ECHO_TTL,
	};
	const struct espgw_spd_own own = {
		.id = w->sa->path->id,
		.id_mask = U32_MAX,
	};
	int ifindex = w->dst->dev->ifindex;
	struct espgw_policy *p;

	return espgw_spd_lookup_own(w->sa->en, &v, &ifindex, false, 0, &own,
				    &p) == ESPGW_MATCH_YES &&
	       p->path == w->sa->path;
}

static bool find_src4(const struct espgw_way *w, const struct espgw_addr *echo,
		      struct espgw_addr *src)
{
	const struct in_ifaddr *ifa;
	struct net_device *dev;
	struct in_device *in;

	memset(src, 0, sizeof(*src));
	for_each_netdev_rcu(w->sa->en->net, dev) {
		in = __in_dev_get_rcu(dev);
		if (!in)
			continue;
		in_dev_for_each_ifa_rcu(ifa, in) {
			src->a[0] = ifa->ifa_local;
			if (ipv4_is_loopback(src->a[0]))
				continue;
			if (leads(w, src, echo, 4))
				return true;
		}
	}
	return false;
}

static bool find_src6(const struct espgw_way *w, const struct espgw_addr *echo,
		      struct espgw_addr *src)
{
	const struct inet6_ifaddr *ifp;
	struct net_device *dev;
	struct inet6_dev *in6;
	bool found = false;

	for_each_netdev_rcu(w->sa->en->net, dev) {
		in6 = __in6_dev_get(dev);
		if (!in6)
			continue;
		read_lock_bh(&in6->lock);
		list_for_each_entry(ifp, &in6->addr_list, if_list) {
			if (ifp->flags & (IFA_F_TENTATIVE | IFA_F_DADFAILED) ||
			    ifp->scope & (IFA_HOST | IFA_LINK))
				continue;
			memcpy(src, &ifp->addr, sizeof(*src));
			found = leads(w, src, echo, 6);
			if (found)
				break;
		}
		read_unlock_bh(&in6->lock);
		if (found)
			return true;
	}
	return false;
}

/**
 * espgw_way_find_src() - an address of this host from which another one is
 *	reached by a path
 * @w: the way
 * @echo: the other one
 * @src: result
 *
 * Context: under RCU. Return: false if there is none.
 */
bool espgw_way_find_src(const struct espgw_way *w, const struct espgw_inner *echo,
		     struct espgw_inner *src)
{
	src->family = echo->family;
	switch (echo->family) {
	case 4:
		return find_src4(w, &echo->addr, &src->addr);
	case 6:
		return find_src6(w, &echo->addr, &src->addr);
	default:
		return false;
	}
}

/* The single addresses behind the peer that policies name. */
static bool find_host(const struct espgw_way *w, struct espgw_inner *echo,
		      struct espgw_inner *src)
{
	const struct espgw_policy *p;

	list_for_each_entry_rcu(p, &w->sa->path->policies, on_path) {
		const struct espgw_selector *s = &p->rule.sel;

		if (s->dst_len != (s->family == 4 ? 32 : 128))
			continue;
		echo->addr = s->dst;
		echo->family = s->family;
		if (espgw_way_find_src(w, echo, src))
			return true;
	}
	return false;
}

/**
 * espgw_way_find_pair() - from where to where probes go
 * @pr: the probes; their src and echo are set
 * @w: the way
 *
 * Who was named; else who has answered before; else who was heard of last; else
 * who is the only one there.
 *
 * Context: under RCU, bottom halves off. Return: false if nobody is known.
 */
bool espgw_way_find_pair(struct espgw_prober *pr, const struct espgw_way *w)
{
	struct espgw_path *path = pr->path;
	struct espgw_inner known[5] = {}, src;
	bool found = false, same;
	unsigned int i;

	if (!w->dst)
		return false;
	spin_lock_bh(&path->lock);
	src = pr->src;
	known[0] = pr->echo;
	known[1] = pr->asked;
	known[2] = pr->answered;
	for (i = 0; i < 2; i++) {
		known[3 + i].addr = path->inner[i];
		if (path->has_inner[i])
			known[3 + i].family = i ? 6 : 4;
	}
	spin_unlock_bh(&path->lock);

	same = known[0].family && src.family == known[0].family &&
	       espgw_local_dev(pr->en, &src.addr, src.family) &&
	       leads(w, &src.addr, &known[0].addr, src.family);
	if (same)
		return true;
	for (i = 1; i < ARRAY_SIZE(known) && !found; i++) {
		found = espgw_way_find_src(w, &known[i], &src);
		if (found)
			known[0] = known[i];
		else if (i == 1 && known[i].family)
			break;		/* who was named, or nobody */
	}
	if (!found && !known[1].family)
		found = find_host(w, &known[0], &src);
	if (!found)
		known[0].family = 0;
	spin_lock_bh(&path->lock);
	pr->echo = known[0];
	pr->src = src;
	spin_unlock_bh(&path->lock);
	return found;
}
