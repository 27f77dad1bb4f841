// SPDX-License-Identifier: GPL-2.0
/* Where an SA sends to: its peer, which may move behind a NAT (RFC 3948 5). */
#include "base/event.h"
#include "table/adopt.h"
#include "table/natt.h"
#include "table/sad.h"

/**
 * espgw_sa_peer() - where an SA sends to
 * @sa: outbound SA with UDP encapsulation
 * @addr: result: the peer's outer address
 * @port: result: its UDP port
 *
 * Context: under RCU or espgw_net.lock.
 */
void espgw_sa_peer(const struct espgw_sa *sa, struct espgw_addr *addr,
		   __be16 *port)
{
	if (espgw_path_peer(sa->path, addr, port))
		return;
	*addr = sa->key.dst;
	*port = READ_ONCE(sa->set.encap_dport);
}

/**
 * espgw_sa_local_port() - where a peer's packets arrive, and its keepalives
 * @sa: an SA with UDP encapsulation
 *
 * Return: the UDP port.
 */
__be16 espgw_sa_local_port(const struct espgw_sa *sa)
{
	return sa->key.dir == ESPGW_DIR_IN ? sa->set.encap_dport :
					     sa->set.encap_sport;
}

/**
 * espgw_sa_natt_link() - an SA comes: onto the lists of UDP-encapsulated ones
 * @sa: the SA; nothing is done if it is none of these
 *
 * Context: process context, caller holds espgw_net.lock.
 */
void espgw_sa_natt_link(struct espgw_sa *sa)
{
	struct espgw_addr addr;
	__be16 port;

	if (!sa->set.encap_sport)
		return;
	espgw_natt_use(sa->en, espgw_sa_local_port(sa), 1);
	if (sa->key.dir != ESPGW_DIR_OUT)
		return;
	espgw_sa_peer(sa, &addr, &port);
	espgw_natt_add(sa->en, &sa->on_natt, &addr, port);
}

/**
 * espgw_sa_natt_move() - onto the list of where an SA's peer is now
 * @sa: the SA; nothing is done if it is on none
 *
 * Context: any but hard interrupts, under RCU or espgw_net.lock.
 */
void espgw_sa_natt_move(struct espgw_sa *sa)
{
	struct espgw_addr addr;
	__be16 port;

	if (!sa->set.encap_sport || sa->key.dir != ESPGW_DIR_OUT)
		return;
	espgw_sa_peer(sa, &addr, &port);
	espgw_natt_move(sa->en, &sa->on_natt, &addr, port);
}

/**
 * espgw_sa_natt_unlink() - an SA goes
 * @sa: the SA
 *
 * Context: process context, caller holds espgw_net.lock.
 */
void espgw_sa_natt_unlink(struct espgw_sa *sa)
{
	if (!sa->set.encap_sport)
		return;
	espgw_natt_use(sa->en, 0, -1);
	if (sa->key.dir == ESPGW_DIR_OUT)
		espgw_natt_del(sa->en, &sa->on_natt);
}

/* The path's outbound SAs send elsewhere now. */
static void moved(struct espgw_path *path, bool tell)
{
	struct espgw_sa *out;

	list_for_each_entry_rcu(out, &path->sas, on_path) {
		if (!out->set.encap_sport)
			continue;
		dst_cache_reset(&out->dst_cache);
		espgw_sa_natt_move(out);
		if (tell)
			espgw_sa_post(out, ESPGW_SA_EVENT_MAPPING);
	}
}

/**
 * espgw_sa_unmap() - send to the peer as configured, until it is heard of
 * @sa: an SA of the path
 *
 * Context: process context, caller holds espgw_net.lock.
 */
void espgw_sa_unmap(struct espgw_sa *sa)
{
	bool readdressed = espgw_path_unmap(sa->path);

	rcu_read_lock();
	if (readdressed)
		espgw_path_restart(sa->path);
	moved(sa->path, false);
	rcu_read_unlock();
}

/**
 * espgw_sa_follow() - an authenticated packet tells where the peer is
 * @sa: the inbound SA with UDP encapsulation that it came by, not dead
 * @addr: the packet's outer source
 * @port: its UDP source port
 *
 * What is sent goes there from now on (RFC 3948 5: only so).
 *
 * Context: under RCU, bottom halves off.
 */
void espgw_sa_follow(struct espgw_sa *sa, const struct espgw_addr *addr,
		     __be16 port)
{
	struct espgw_path *path = sa->path;
	struct espgw_addr old_addr;
	bool readdressed;
	__be16 old_port;

	if (!espgw_path_peer(path, &old_addr, &old_port)) {
		old_addr = sa->set.src;
		old_port = READ_ONCE(sa->set.encap_sport);
	}
	readdressed = !espgw_addr_equal(addr, &old_addr);
	if (likely(!readdressed && port == old_port))
		return;
	espgw_path_set_peer(path, addr, port);
	espgw_count(sa->en, ESPGW_STATS_A_IN_MAPPING);
	moved(path, true);
	if (sa->x)
		espgw_sa_tell_mapping(sa, addr, port);
	if (readdressed)
		espgw_path_restart(path);
}
