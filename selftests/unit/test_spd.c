// SPDX-License-Identifier: GPL-2.0
/*
 * The first policy that a packet matches, against a search that looks at all of
 * them, while policies come, go and are replaced; and by readers without a lock.
 */

#include <pthread.h>

#include "spd.h"
#include "test.h"

#define POLICIES	600

struct policy {
	struct espgw_rule rule;	/* first */
	int dev;		/* 0: all */
	bool there;
	struct policy *dropped;
};

/* What was taken out is kept until no reader can be with it. */
struct dropped {
	struct espgw_spd_node node;
	struct dropped *next;
};

struct table {
	struct espgw_spd spd;
	struct policy *policies[POLICIES];
	struct espgw_spd_node *spare[ESPGW_SPD_NODES];
	struct dropped *nodes;
	struct policy *rules;
	long alive;
	u32 next_id;
};

static void fill_spares(struct table *t)
{
	u32 i;

	for (i = 0; i < ESPGW_SPD_NODES; i++) {
		if (t->spare[i])
			continue;
		t->spare[i] = malloc(sizeof(struct dropped));
		/* whatever was in it */
		memset(t->spare[i], 0x5a, sizeof(struct dropped));
		t->alive++;
	}
}

/* Readers are elsewhere. */
static void reap(struct table *t)
{
	while (t->nodes) {
		struct dropped *d = t->nodes;

		t->nodes = d->next;
		free(d);
	}
	while (t->rules) {
		struct policy *p = t->rules;

		t->rules = p->dropped;
		free(p);
	}
}

static void drop_rule(struct table *t, struct policy *p)
{
	p->dropped = t->rules;
	t->rules = p;
}

static void add(struct table *t, u32 slot, const struct policy *as)
{
	struct policy *p = malloc(sizeof(*p));

	*p = *as;
	p->rule.id = ++t->next_id;
	fill_spares(t);
	espgw_spd_add(&t->spd, &p->rule, t->spare);
	t->policies[slot] = p;
}

static void del(struct table *t, u32 slot)
{
	struct espgw_spd_node *freed[ESPGW_SPD_NODES];
	u32 n;

	n = espgw_spd_del(&t->spd, &t->policies[slot]->rule, freed);
	CHECK(n <= ESPGW_SPD_NODES);
	while (n--) {
		struct dropped *d = (struct dropped *)freed[n];

		d->next = t->nodes;
		t->nodes = d;
		t->alive--;
	}
	drop_rule(t, t->policies[slot]);
	t->policies[slot] = NULL;
}

/* As it is, but for what is no part of its name. */
static void replace(struct table *t, u32 slot)
{
	struct policy *p = malloc(sizeof(*p)), *old = t->policies[slot];

	*p = *old;
	p->rule.protects = one_in(2);
	espgw_spd_replace(&old->rule, &p->rule);
	t->policies[slot] = p;
	drop_rule(t, old);
}

static void end(struct table *t)
{
	u32 i;

	for (i = 0; i < POLICIES; i++)
		if (t->policies[i])
			del(t, i);
	CHECK(espgw_spd_is_empty(&t->spd));
	for (i = 0; i < ESPGW_SPD_NODES; i++) {
		if (t->spare[i])
			t->alive--;
		free(t->spare[i]);
	}
	CHECK_EQ(t->alive, 0);
	reap(t);
}

/* -- what there is: few bits differ, so that prefixes lie in one another */

static struct espgw_addr rnd_near(u8 family, u32 spread)
{
	struct espgw_addr a = { .a = { cpu_to_be32(0x0a000000) } };
	u32 bits = family == 4 ? 32 : 128, i, n = rnd_below(spread);

	for (i = 0; i < n; i++) {
		u32 b = one_in(3) ? rnd_below(bits) :
			one_in(2) ? 60 % bits + rnd_below(8) : rnd_below(12);

		((u8 *)&a)[b / 8] ^= (u8)(0x80 >> b % 8);
	}
	return a;
}

static u8 rnd_len(u8 family)
{
	static const u8 edges[] = { 0, 1, 31, 32, 33, 63, 64, 65, 127, 128 };
	u32 bits = family == 4 ? 32 : 128, len;

	len = one_in(4) ? edges[rnd_below(sizeof(edges))] : rnd_below(bits + 1);
	return (u8)min(len, bits);
}

static struct policy rnd_policy(u32 kinds)
{
	struct espgw_selector s = { .dscp = ESPGW_DSCP_ANY };
	struct policy p = { .there = true };

	s.family = one_in(3) ? 6 : 4;
	s.src_len = rnd_len(s.family);
	s.dst_len = rnd_len(s.family);
	s.src = rnd_near(s.family, 4);
	s.dst = rnd_near(s.family, 4);
	espgw_addr_mask(&s.src, &s.src, s.family, s.src_len);
	espgw_addr_mask(&s.dst, &s.dst, s.family, s.dst_len);
	if (one_in(kinds)) {
		s.has_proto = 1;
		s.proto = one_in(2) ? 6 : 17;
		if (one_in(2)) {
			s.has_sport = 1;
			s.sport_min = (u16)rnd_below(4);
			s.sport_max = (u16)rnd_range(s.sport_min, 4);
		}
		if (one_in(2)) {
			s.has_dport = 1;
			s.dport_min = (u16)rnd_below(4);
			s.dport_max = (u16)rnd_range(s.dport_min, 4);
		}
	}
	if (one_in(2 * kinds))
		s.dscp = (u8)rnd_below(3);
	if (one_in(kinds)) {
		p.rule.mark_mask = rnd_range(1, 3);
		p.rule.mark = rnd_below(4) & p.rule.mark_mask;
	}
	if (one_in(kinds))
		p.dev = 1 + (int)rnd_below(2);
	p.rule.prio = one_in(2) ? 7 : rnd_below(12);
	p.rule.sel = s;
	p.rule.specificity = espgw_selector_specificity(&s);
	p.rule.plain = espgw_selector_is_plain(&s) && !p.rule.mark_mask;
	p.rule.protects = one_in(2);
	return p;
}

static struct espgw_view rnd_view(void)
{
	struct espgw_view v;

	memset(&v, 0, sizeof(v));
	v.family = one_in(3) ? 6 : 4;
	v.src = rnd_near(v.family, 4);
	v.dst = rnd_near(v.family, 4);
	v.proto = one_in(3) ? 1 : one_in(2) ? 6 : 17;
	v.tos = (u8)(rnd_below(3) << 2);
	v.has_ports = v.proto != 1 && !one_in(4);
	v.sport = (u16)rnd_below(4);
	v.dport = (u16)rnd_below(4);
	return v;
}

static bool counts(const struct espgw_rule *r, const void *dev)
{
	const struct policy *p = (const struct policy *)r;

	return !p->dev || p->dev == *(const int *)dev;
}

/* -- the oracle: all of them, and the order as the specification has it */

static u32 width(u8 has, u16 from, u16 to)
{
	return has ? to - from + 1u : 1000000;
}

/* Lowest priority number; most specific; with a mark; oldest. */
static bool naive_before(const struct policy *a, const struct policy *b)
{
	const struct espgw_selector *s = &a->rule.sel, *t = &b->rule.sel;
	u32 s_ports, t_ports;

	if (a->rule.prio != b->rule.prio)
		return a->rule.prio < b->rule.prio;
	if (s->src_len + s->dst_len != t->src_len + t->dst_len)
		return s->src_len + s->dst_len > t->src_len + t->dst_len;
	if (s->has_proto != t->has_proto)
		return s->has_proto;
	s_ports = min(width(s->has_sport, s->sport_min, s->sport_max), 65537u) +
		  min(width(s->has_dport, s->dport_min, s->dport_max), 65537u);
	t_ports = min(width(t->has_sport, t->sport_min, t->sport_max), 65537u) +
		  min(width(t->has_dport, t->dport_min, t->dport_max), 65537u);
	if (s_ports != t_ports)
		return s_ports < t_ports;
	if ((s->dscp == ESPGW_DSCP_ANY) != (t->dscp == ESPGW_DSCP_ANY))
		return s->dscp != ESPGW_DSCP_ANY;
	if (!a->rule.mark_mask != !b->rule.mark_mask)
		return a->rule.mark_mask;
	return a->rule.id < b->rule.id;
}

static struct policy *naive(const struct table *t, const struct espgw_view *v,
			    int dev, bool mirrored, u32 mark,
			    enum espgw_match *match)
{
	struct policy *best = NULL;
	u32 i;

	*match = ESPGW_MATCH_NO;
	for (i = 0; i < POLICIES; i++) {
		struct policy *p = t->policies[i];
		enum espgw_match m;

		if (!p || (p->dev && p->dev != dev))
			continue;
		if (!(mirrored && p->rule.protects) &&
		    (mark & p->rule.mark_mask) != p->rule.mark)
			continue;
		m = espgw_selector_match(&p->rule.sel, v, mirrored);
		if (m == ESPGW_MATCH_NO || (best && !naive_before(p, best)))
			continue;
		best = p;
		*match = m;
	}
	return best;
}

/* The first in order of those that have the same prefixes. */
static struct policy *naive_rules(const struct table *t, const struct espgw_selector *sel)
{
	struct policy *best = NULL;
	u32 i;

	for (i = 0; i < POLICIES; i++) {
		struct policy *p = t->policies[i];

		if (p && p->rule.sel.family == sel->family &&
		    p->rule.sel.src_len == sel->src_len && espgw_addr_equal(&p->rule.sel.src, &sel->src) &&
		    p->rule.sel.dst_len == sel->dst_len && espgw_addr_equal(&p->rule.sel.dst, &sel->dst) &&
		    (!best || naive_before(p, best)))
			best = p;
	}
	return best;
}

static void same_prefixes(const struct table *t, const struct espgw_selector *sel)
{
	CHECK(espgw_spd_rules(&t->spd, sel) == (struct espgw_rule *)naive_rules(t, sel));
}

static u32 seen[3];

static void look(struct table *t)
{
	struct espgw_view v = rnd_view();
	const struct espgw_spd_query q = {
		.v = &v, .mark = rnd_below(4), .mirrored = one_in(2),
	};
	int dev = (int)rnd_below(3);
	enum espgw_match m, got;
	struct espgw_rule *best;
	struct policy *want;

	want = naive(t, &v, dev, q.mirrored, q.mark, &m);
	best = espgw_spd_search(&t->spd, &q, counts, &dev, &got);
	CHECK(best == (struct espgw_rule *)want);
	CHECK_EQ(got, m);
	seen[m]++;
}

static void churn(u32 policies, u32 n, u32 looks, u32 kinds)
{
	struct table t = { .alive = 0 };
	struct policy p;
	u32 i, slot;

	while (n--) {
		slot = rnd_below(policies);
		if (!t.policies[slot]) {
			p = rnd_policy(kinds);
			same_prefixes(&t, &p.rule.sel);
			add(&t, slot, &p);
			same_prefixes(&t, &p.rule.sel);
		} else if (one_in(3)) {
			replace(&t, slot);
		} else if (one_in(2)) {
			del(&t, slot);
		}
		for (i = 0; i < looks; i++)
			look(&t);
		reap(&t);
	}
	end(&t);
}

static void few(void)
{
	u32 i;

	for (i = 0; i < 200; i++)
		churn(1 + i % 12, rounds(1000), 4, 2);
	/* The test is of no use if hardly anything ever matches. */
	for (i = 0; i < 3; i++)
		CHECK(seen[i] > 1000 || getenv("ESPGW_ROUNDS"));
}

static void many(void)
{
	churn(POLICIES, rounds(100000), 4, 3);
}

static void plain(void)
{
	churn(POLICIES / 4, rounds(100000), 8, 1000000);
}

/* All pairs of lengths around one packet, by priorities that rise and fall. */
static void around(void)
{
	u32 order, i, j, n = 0;

	for (order = 0; order < 3; order++) {
		struct table t = { .alive = 0 };
		struct policy p = { .rule.plain = true };
		struct espgw_view v = { .family = 4 };
		enum espgw_match m;
		int dev = 0;

		for (i = 0; i <= 22; i++)
			for (j = 0; j <= 22; j++) {
				p.rule.sel = (struct espgw_selector) {
					.family = 4, .src_len = (u8)(i + 4),
					.dst_len = (u8)(j + 10),
					.dscp = ESPGW_DSCP_ANY,
				};
				p.rule.prio = order == 0 ? 7 :
					      order == 1 ? i + j : 50 - i - j;
				p.rule.specificity =
					espgw_selector_specificity(&p.rule.sel);
				add(&t, i * 23 + j, &p);
			}
		for (i = 0; i < 64; i++) {
			const struct espgw_spd_query q = { .v = &v };
			struct espgw_rule *best;
			struct policy *want;

			v.src.a[0] = cpu_to_be32((u32)(1ULL << 32 >> i / 2));
			v.dst.a[0] = cpu_to_be32((u32)(1ULL << 32 >> (63 - i) / 2));
			want = naive(&t, &v, 0, false, 0, &m);
			best = espgw_spd_search(&t.spd, &q, counts, &dev, &m);
			CHECK(best == (struct espgw_rule *)want);
			n += best != NULL;
		}
		end(&t);
	}
	CHECK(n > 20);
}

static void set_bit(struct espgw_addr *a, u32 i, bool on)
{
	u8 *byte = (u8 *)a + i / 8;

	*byte = (u8)(on ? *byte | 0x80 >> i % 8 : *byte & ~(0x80 >> i % 8));
}

/* The place where two addresses part becomes a prefix with a policy: at each bit, with whatever is behind that. */
static void partings(void)
{
	u32 family, len, side, fill, i, bits;

	for (family = 4; family <= 6; family += 2)
	for (bits = family == 4 ? 32 : 128, len = 0; len < bits; len++)
	for (side = 0; side < 2; side++)
	for (fill = 0; fill < 2; fill++) {
		struct table t = { .alive = 0 };
		struct espgw_selector none = { .family = (u8)family, .dscp = ESPGW_DSCP_ANY };

		for (i = 0; i < 3; i++) {
			struct policy p = { .rule = { .sel = none, .plain = true } };
			struct espgw_addr *a = side ? &p.rule.sel.src : &p.rule.sel.dst;
			u32 b;

			for (b = 0; b < bits; b++)
				set_bit(a, b, fill);
			set_bit(a, len, i);
			*(side ? &p.rule.sel.src_len : &p.rule.sel.dst_len) = (u8)(i < 2 ? bits : len);
			if (i == 2)
				espgw_addr_mask(a, a, (u8)family, (u8)len);
			p.rule.specificity = espgw_selector_specificity(&p.rule.sel);
			CHECK_EQ(espgw_spd_is_empty(&t.spd), !i);
			same_prefixes(&t, &p.rule.sel);
			add(&t, i, &p);
			same_prefixes(&t, &p.rule.sel);
		}
		for (i = 0; i < 3; i++) {
			CHECK(!espgw_spd_is_empty(&t.spd));
			del(&t, i);
			reap(&t);
		}
		end(&t);
	}
}

/* -- readers without a lock */

#define STAY	40

static struct table shared;
static struct espgw_view stay_view[STAY];
static struct espgw_rule *stay_rule[STAY];
static int stop;
static u32 missed;

/* What stays there is found, whatever comes and goes around it. */
static void *reader(void *arg)
{
	enum espgw_match m;
	u32 i, n = 0;
	int dev = 0;

	(void)arg;
	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
		for (i = 0; i < STAY; i++) {
			const struct espgw_spd_query q = { .v = &stay_view[i] };

			if (espgw_spd_search(&shared.spd, &q, counts, &dev, &m) !=
			    stay_rule[i])
				__atomic_fetch_add(&missed, 1, __ATOMIC_RELAXED);
			n++;
		}
	}
	return (void *)(uintptr_t)n;
}

static void readers(void)
{
	u32 i, slot, n = rounds(100000);
	pthread_t thread[2];
	struct policy p;
	void *looked;

	for (i = 0; i < STAY; i++) {
		/* Before all others, and each for a packet of its own. */
		do {
			p = rnd_policy(1000000);
		} while (p.rule.sel.src_len + p.rule.sel.dst_len <
			 (p.rule.sel.family == 4 ? 40 : 160));
		p.dev = 0;
		p.rule.prio = 0;
		p.rule.sel.src_len = p.rule.sel.family == 4 ? 32 : 128;
		((u8 *)&p.rule.sel.src)[3] = (u8)(1 + i);
		p.rule.specificity = espgw_selector_specificity(&p.rule.sel);
		add(&shared, i, &p);
		stay_rule[i] = &shared.policies[i]->rule;
		stay_view[i] = (struct espgw_view) {
			.family = p.rule.sel.family,
			.src = p.rule.sel.src, .dst = p.rule.sel.dst,
		};
	}
	for (i = 0; i < 2; i++)
		CHECK(!pthread_create(&thread[i], NULL, reader, NULL));
	while (n--) {
		slot = STAY + rnd_below(100);
		if (shared.policies[slot]) {
			if (one_in(3))
				replace(&shared, slot);
			else
				del(&shared, slot);
			continue;
		}
		/* Around what stays, and behind it in the order. */
		p = rnd_policy(1000000);
		if (one_in(2)) {
			p.rule.sel = stay_rule[rnd_below(STAY)]->sel;
			p.rule.sel.dst_len = (u8)rnd_below(p.rule.sel.dst_len + 1);
			if (one_in(2))
				p.rule.sel.src_len =
					(u8)rnd_below(p.rule.sel.src_len + 1);
			espgw_addr_mask(&p.rule.sel.src, &p.rule.sel.src,
					p.rule.sel.family, p.rule.sel.src_len);
			espgw_addr_mask(&p.rule.sel.dst, &p.rule.sel.dst,
					p.rule.sel.family, p.rule.sel.dst_len);
			p.rule.specificity =
				espgw_selector_specificity(&p.rule.sel);
		}
		p.rule.prio += 1;
		add(&shared, slot, &p);
	}
	__atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
	for (i = 0; i < 2; i++) {
		pthread_join(thread[i], &looked);
		CHECK((uintptr_t)looked > 1000 || getenv("ESPGW_ROUNDS"));
	}
	CHECK_EQ(missed, 0);
	end(&shared);
}

TESTS({ "few policies that come and go", few },
      { "many of all kinds", many },
      { "many, by addresses alone", plain },
      { "all lengths around a packet", around },
      { "prefixes where others part", partings },
      { "readers miss nothing that stays", readers });
