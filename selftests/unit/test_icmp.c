// SPDX-License-Identifier: GPL-2.0
/*
 * From the bytes that an ICMP error quotes to the path MTU: quotes of packets
 * that were sent, mutated, and what becomes of the entry. What the module does
 * between the two units is to find the SA: here there is one.
 */

#include "pmtu.h"
#include "quote.h"
#include "test.h"

#define QUOTE_MAX	128	/* as much as the module looks at */
#define MUTATED_MAX	80	/* where the headers are */
#define HISTORY		32	/* quotes about one SA, then comes another */

/* -- an SA, and quotes of its packets */

struct sa {
	u8 src[16];		/* IPv4: the first 4 bytes */
	u8 dst[16];
	u32 spi;
	u32 ports;		/* source and destination */
	u8 family;
	bool udp;
};

struct quote {
	u8 p[QUOTE_MAX];
	u32 avail;
	u32 esp;		/* where the ESP header is */
	u8 family;		/* of the message */
};

static void make_sa(struct sa *sa)
{
	rnd_bytes(sa->src, 16);
	rnd_bytes(sa->dst, 16);
	sa->spi = rnd_range(256, ~0u - 1);
	sa->ports = one_in(2) ? 4500 << 16 | 4500 : (u32)rnd();
	sa->family = one_in(2) ? 4 : 6;
	sa->udp = one_in(2);
}

/* What a router quotes of a packet that it could not forward. */
static void make_quote(struct quote *m, const struct sa *sa, u32 seq, u32 len)
{
	u8 proto = sa->udp ? 17 : 50, *p = m->p;
	u32 hdr;

	rnd_bytes(p, MUTATED_MAX);
	memset(p + MUTATED_MAX, p[0], QUOTE_MAX - MUTATED_MAX);
	if (sa->family == 4) {
		hdr = 20 + (one_in(3) ? rnd_below(11) * 4 : 0);
		p[0] = (u8)(0x40 | hdr / 4);
		put16(p + 2, len);
		put16(p + 6, 0x4000);
		p[9] = proto;
		memcpy(p + 12, sa->src, 4);
		memcpy(p + 16, sa->dst, 4);
	} else {
		hdr = one_in(3) ? 48 : 40;
		p[0] = (u8)(0x60 | p[0] % 16);
		put16(p + 4, len - 40);
		p[6] = proto;
		memcpy(p + 8, sa->src, 16);
		memcpy(p + 24, sa->dst, 16);
		if (hdr == 48) {
			p[6] = 44;
			p[40] = proto;
			put16(p + 42, rnd_below(8));
		}
	}
	put32(p + hdr, sa->ports);
	m->esp = hdr + (sa->udp ? 8 : 0);
	put32(p + m->esp, sa->spi);
	put32(p + m->esp + 4, seq);
	m->avail = one_in(2) ? hdr + 8 : rnd_range(m->esp + 8, QUOTE_MAX);
	m->family = sa->family;
}

/* -- mutations */

static void flip_bit(struct quote *m)
{
	m->p[rnd_below(MUTATED_MAX)] ^= (u8)(1 << rnd_below(8));
}

static void set_byte(struct quote *m)
{
	m->p[rnd_below(MUTATED_MAX)] = (u8)rnd();
}

static void truncate_it(struct quote *m)
{
	m->avail = rnd_below(one_in(2) ? m->esp + 10 : QUOTE_MAX + 1);
}

static void set_length(struct quote *m)
{
	u8 *p = m->p + (m->family == 4 ? 2 : 4);

	put16(p, one_in(3) ? rnd_below(100) : one_in(2) ? rnd_below(2000) :
	      one_in(2) ? get16(p) + 2 - rnd_below(5) : (u32)rnd());
}

/* Header length or version; DF, MF and offset; of UDP what is not looked at. */
static void set_header(struct quote *m)
{
	switch (rnd_below(4)) {
	case 0:
		m->p[0] = (u8)(m->family << 4 | rnd_below(16));
		break;
	case 1:
		m->p[0] = (u8)rnd();
		break;
	case 2:
		put16(m->p + m->esp - 4, (u32)rnd());
		break;
	case 3:
		put16(m->p + 40 + 2, (u32)rnd());
		break;
	}
}

static void set_df(struct quote *m)
{
	static const u16 frag[] = { 0, 0x2000, 0x4000, 0x6000, 1, 0xffff };

	if (m->family == 4)
		put16(m->p + 6, frag[rnd_below(ARRAY_SIZE(frag))]);
}

static void set_proto(struct quote *m)
{
	static const u8 protos[] = { 50, 17, 44, 6, 0 };

	m->p[m->family == 4 ? 9 : one_in(2) ? 6 : 40] =
		one_in(4) ? (u8)rnd() : protos[rnd_below(ARRAY_SIZE(protos))];
}

static void set_spi(struct quote *m)
{
	put32(m->p + m->esp, one_in(2) ? 0 : (u32)rnd());
}

static void set_seq(struct quote *m)
{
	static const u32 by[] = { 1, 2, 255, 300, 65535, 65536, 1u << 31 };
	u32 n = by[rnd_below(ARRAY_SIZE(by))];
	u8 *p = m->p + m->esp + 4;

	put32(p, one_in(3) ? (u32)rnd() : get32(p) + (one_in(2) ? n : -n));
}

/* The end of another SA's packet, or its ESP header where this one's is. */
static void splice(struct quote *m)
{
	struct quote other;
	struct sa sa;
	u32 to, from;

	make_sa(&sa);
	make_quote(&other, &sa, (u32)rnd(), 1500);
	to = one_in(2) ? m->esp : rnd_below(MUTATED_MAX);
	from = one_in(2) ? to : other.esp;
	memcpy(m->p + to, other.p + from, QUOTE_MAX - max(to, from));
}

/* Bytes too many, or missing. */
static void shift(struct quote *m)
{
	u32 at = rnd_below(60), n = one_in(2) ? 4 : rnd_below(20);

	if (one_in(2))
		memmove(m->p + at + n, m->p + at, QUOTE_MAX - at - n);
	else
		memmove(m->p + at, m->p + at + n, QUOTE_MAX - at - n);
}

static void message_of_other_family(struct quote *m)
{
	m->family = 10 - m->family;
}

static void (*const mutations[])(struct quote *) = {
	flip_bit, flip_bit, set_byte, truncate_it, truncate_it, set_length,
	set_header, set_df, set_proto, set_spi, set_seq, splice, shift,
	message_of_other_family,
};

/* -- the oracle: what do these bytes prove? */

enum worth { NOTHING, HINT, PROOF };

struct told {
	enum worth worth;
	u32 len;
	u64 seq;		/* of the packet sent, with PROOF */
};

static struct told look(const struct sa *sa, const struct espgw_pmtu_env *env,
			const struct quote *m)
{
	u32 n = sa->family == 4 ? 4 : 16, hdr, esp, low;
	struct told none = { NOTHING, 0, 0 }, t = none;
	const u8 *p = m->p;
	u8 proto;

	if (m->family != sa->family)
		return none;
	hdr = sa->family == 4 ? p[0] % 16 * 4 : p[6] == 44 ? 48 : 40;
	if (m->avail < hdr + 8 || hdr < 20 || p[0] / 16 != sa->family)
		return none;
	if (sa->family == 4) {
		t.len = get16(p + 2);
		proto = p[9];
		/* DF, and offset 0 */
		if (!(p[6] & 0x40) || get16(p + 6) & 0x1fff)
			return none;
	} else {
		t.len = get16(p + 4) + 40;
		proto = hdr == 48 ? p[40] : p[6];
		if (hdr == 48 && get16(p + 42) >= 8)
			return none;
	}
	esp = hdr + (sa->udp ? 8 : 0);
	if (proto != (sa->udp ? 17 : 50) || t.len < esp + 8 ||
	    t.len > env->max_sent ||
	    memcmp(p + (n == 4 ? 12 : 8), sa->src, n) ||
	    memcmp(p + (n == 4 ? 16 : 24), sa->dst, n) ||
	    (sa->udp && get32(p + hdr) != sa->ports))
		return none;
	/* UDP may leave no room for it; what is there has to be right */
	if (m->avail >= esp + 4 && get32(p + esp) != sa->spi)
		return none;
	t.worth = HINT;
	if (m->avail < esp + 8)
		return t;
	t.worth = PROOF;
	low = get32(p + esp + 4);
	for (t.seq = env->seq_last; t.seq >= env->seq_first; t.seq--)
		if (env->seq_last - t.seq < 65536 && (u32)t.seq == low)
			return t;
	return none;
}

/* What the path MTU has to be after it; 0: unchanged. */
static u32 follow(const struct told *t, const struct espgw_pmtu *e,
		  const struct espgw_pmtu_env *env, u8 family, u32 mtu,
		  u64 now, u64 *newest)
{
	u32 step = espgw_pmtu_plateau(env->effective);
	u64 newer = *newest;

	if (t->worth == NOTHING || (family == 6 && mtu < 1280))
		return 0;
	if (!mtu)
		mtu = espgw_pmtu_plateau(t->len);
	if (mtu >= t->len || e->locked)
		return 0;
	if (t->seq > newer)
		*newest = t->seq;
	if (mtu >= env->effective)
		return 0;
	if (t->worth == PROOF) {
		if (t->seq < newer)
			return 0;
		return mtu >= env->floor ? mtu : env->floor < env->effective ?
		       env->floor : env->effective;
	}
	if (e->hint_ms && now < e->hint_ms + 10000)
		return 0;
	mtu = mtu > step ? mtu : step;
	mtu = mtu > env->floor ? mtu : env->floor;
	return mtu < env->effective ? mtu : 0;
}

/* -- */

/* The module's part: is it this SA's? */
static bool found(const struct sa *sa, const struct espgw_quote *q)
{
	u32 n = sa->family == 4 ? 4 : 16;

	return q->family == sa->family && !memcmp(&q->src, sa->src, n) &&
	       !memcmp(&q->dst, sa->dst, n) && q->udp == sa->udp &&
	       (!q->udp || q->sport * 65536u + q->dport == sa->ports) &&
	       (q->has_spi ? be32_to_cpu(q->spi) == sa->spi : q->udp);
}

static u32 some_mtu(const struct espgw_pmtu_env *env, u8 family)
{
	u32 mtu;

	switch (rnd_below(6)) {
	case 0:
		return 0;
	case 1:
		mtu = rnd_below(2000);
		break;
	case 2:
		mtu = env->floor - 3 + rnd_below(6);
		break;
	case 3:
		mtu = (u32)rnd();
		break;
	default:
		mtu = env->effective - rnd_below(20) + 2;
	}
	return family == 4 ? (u16)mtu : mtu;
}

static void mutated(void)
{
	u64 seen[ESPGW_PMTU_REJ_OFF + 1] = { 0 }, calls = 0, newest = 0;
	u32 n = rounds(1000000), all = n, untouched = 0, dev = 1500;
	u32 truncated = 0, other = 0, strange = 0;
	struct espgw_pmtu e = { 0 }, before;
	struct espgw_pmtu_env env = { 0 };
	struct espgw_pmtu_claim claim;
	enum espgw_quote_result result;
	enum espgw_pmtu_verdict v;
	struct espgw_quote q;
	struct quote m;
	struct told t;
	struct sa sa;
	u64 now = 1;
	u32 mtu, want, i;
	u8 *data;

	while (n--) {
		if (n % HISTORY == 0 || n + 1 == all) {
			make_sa(&sa);
			e = (struct espgw_pmtu) { 0 };
			calls = newest = 0;
			dev = one_in(4) ? rnd_range(600, 9000) : 1500;
			env.seq_last = one_in(2) ? rnd_range(1, 500) :
				       (1ULL << 32) - 100 + rnd_below(500);
			env.max_sent = one_in(20) ? 0 : dev;
			env.floor = sa.family == 6 ? 1280 :
				    one_in(4) ? rnd_range(68, 1500) : 576;
			env.age_s = 600;
		}
		env.seq_last += rnd_below(20);
		env.seq_first = env.seq_last > 200 ? env.seq_last - 199 : 1;
		env.effective = e.mtu && e.mtu < dev ? e.mtu : dev;
		env.learn = !one_in(50);
		now += rnd_below(3000);

		make_quote(&m, &sa,
			   (u32)(env.seq_last - rnd_below(one_in(2) ? 2 : 230)),
			   one_in(4) ? rnd_range(100, dev) : dev);
		i = rnd_below(4);
		untouched += !i;
		while (i--)
			mutations[rnd_below(ARRAY_SIZE(mutations))](&m);
		mtu = some_mtu(&env, m.family);

		data = exactly(m.p, m.avail);
		memset(&q, 0x55, sizeof(q));
		result = espgw_quote_parse(&q, data, m.avail, m.family);
		free(data);

		t = look(&sa, &env, &m);
		before = e;
		want = env.learn ? follow(&t, &e, &env, m.family, mtu, now,
					  &newest) : 0;
		truncated += result == ESPGW_QUOTE_TRUNCATED;
		other += result == ESPGW_QUOTE_OTHER;
		if (result != ESPGW_QUOTE_OK || !found(&sa, &q)) {
			strange += result == ESPGW_QUOTE_OK;
			CHECK_EQ(t.worth, NOTHING);
			continue;
		}
		claim = (struct espgw_pmtu_claim) {
			.spi = cpu_to_be32(sa.spi),
			.mtu = mtu,
			.quoted_len = q.len,
			.seq_low = q.seq,
			.family = q.family,
			.quoted_df = q.df,
			.has_seq = q.has_seq,
		};
		v = espgw_pmtu_learn(&e, &claim, &env, now);
		seen[v]++;
		calls++;
		CHECK_EQ(e.accepted + e.rejected, calls);
		CHECK_EQ(e.seq, newest);
		if (!want) {
			/* nothing but the counter, and what is newest */
			before.rejected++;
			before.seq = e.seq;
			before.spi = e.spi;
			CHECK(!memcmp(&e, &before, sizeof(e)));
			continue;
		}
		CHECK_EQ(e.mtu, want);
		CHECK_EQ(v, t.worth == PROOF ? ESPGW_PMTU_ACCEPTED :
			 ESPGW_PMTU_HINT);
		CHECK_EQ(e.accepted, before.accepted + 1);
		CHECK(e.mtu <= env.effective);
		CHECK(e.mtu >= min(env.floor, env.effective));
		/* who lies about a router's link is not followed below it */
		CHECK(e.floored == (t.worth == PROOF && mtu < env.floor &&
				    (mtu || espgw_pmtu_plateau(t.len) <
					    env.floor)));
		CHECK_EQ(e.locked, e.floored);
	}
	printf("# %u quotes, %u as sent: %u cut short, %u not ESP, %u of no SA",
	       all, untouched, truncated, other, strange);
	for (i = 0, calls = 0; i < ARRAY_SIZE(seen); i++)
		calls += seen[i];
	printf(", %" PRIu64 " looked at: %" PRIu64 " accepted, %" PRIu64
	       " hints\n", calls, seen[ESPGW_PMTU_ACCEPTED],
	       seen[ESPGW_PMTU_HINT]);
	CHECK_EQ(truncated + other + strange + calls, all);
	if (all < 100000)
		return;
	/* no reason was left out */
	for (i = 0; i < ARRAY_SIZE(seen); i++)
		if (!CHECK(seen[i] > all / 5000))
			test_note("verdict %u: %" PRIu64, i, seen[i]);
	CHECK(strange > all / 20);
	CHECK(truncated > all / 50);
	CHECK(other > all / 20);
}

TESTS({ "mutated quotes, from their bytes to the path MTU", mutated, true });
