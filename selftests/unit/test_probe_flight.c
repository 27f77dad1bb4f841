// SPDX-License-Identifier: GPL-2.0
/* Probes on their way: beside a list of all that were ever sent. */

#include "probe_flight.h"
#include "test.h"

#define SENT_MAX	300
#define PLACES		16

/* All that were sent, the newest last. */
struct ever {
	struct one {
		uint64_t at;
		uint32_t token;
		uint32_t size;
		bool out;
		bool named;
	} one[SENT_MAX];
	uint32_t count;
	uint32_t lost;
};

/* Each has the place of its name, until another one takes it. */
static bool remembered(const struct ever *e, uint32_t i)
{
	uint32_t k;

	for (k = i + 1; k < e->count; k++)
		if (e->one[k].token % PLACES == e->one[i].token % PLACES)
			return false;
	return true;
}

static void compare(struct espgw_probe *p, const struct ever *e)
{
	uint64_t due = ESPGW_PROBE_NEVER, timeout = espgw_flight_timeout(p);
	uint32_t i, size;
	bool any = false;

	for (i = 0; i < e->count; i++) {
		const struct one *o = &e->one[i];
		const struct espgw_probe_sent *s;

		s = espgw_flight_find(p, o->token);
		if (!remembered(e, i) || !o->named) {
			CHECK(!s);
			continue;
		}
		if (!CHECK(s))
			continue;
		CHECK_EQ(s->token, o->token);
		CHECK_EQ(s->size, o->size);
		CHECK_EQ(s->sent_ms, o->at);
		CHECK_EQ(s->out, o->out);
		if (!o->out)
			continue;
		any = true;
		if (o->at + timeout < due)
			due = o->at + timeout;
	}
	CHECK_EQ(espgw_flight_any(p), any);
	CHECK_EQ(espgw_flight_due(p), due);
	CHECK_EQ(p->sent, e->count);
	CHECK_EQ(p->lost, e->lost);
	for (size = 1000; size < 1004; size++) {
		uint64_t since = espgw_flight_since(p, size);
		bool known = false;

		for (i = 0; i < e->count; i++)
			if (e->one[i].out && e->one[i].size == size) {
				known = true;
				if (e->one[i].at == since)
					break;
			}
		CHECK(known ? i < e->count : !since);
	}
	CHECK(!espgw_flight_find(p, 0));
}

static void all_kinds(void)
{
	static const uint32_t begins[] = { 0, 1000, ~0u - 5, ~0u - 20, ~0u };
	uint32_t i, k, n = rounds(200);

	for (i = 0; i < n; i++) {
		struct espgw_probe p = { .token = 0 };
		static struct ever e;
		uint64_t now = 1 + rnd_below(100000);

		memset(&e, 0, sizeof(e));
		p.token = begins[rnd_below(ARRAY_SIZE(begins))];
		while (e.count < SENT_MAX) {
			struct one *o = &e.one[e.count];
			uint32_t token = p.token + 1 ? p.token + 1 : 1;

			now += rnd_below(400);
			switch (rnd_below(16)) {
			case 0:
				espgw_flight_abandon(&p);
				for (k = 0; k < e.count; k++) {
					e.lost += e.one[k].out;
					e.one[k].out = false;
					e.one[k].named = false;
				}
				break;
			case 1: case 2: case 3: case 4:
				/* one is given up, or is answered */
				if (!e.count)
					break;
				k = rnd_range(max(e.count, 16u) - 16, e.count - 1);
				if (!e.one[k].out)
					break;
				e.one[k].out = false;
				espgw_flight_find(&p, e.one[k].token)->out = false;
				if (one_in(2))
					break;
				e.one[k].named = false;
				espgw_flight_find(&p, e.one[k].token)->token = 0;
				break;
			default:
				o->at = now;
				o->size = rnd_range(1000, 1003);
				o->token = token;
				o->out = true;
				o->named = true;
				e.count++;
				for (k = 0; k < e.count; k++)
					if (e.one[k].out && !remembered(&e, k)) {
						e.lost++;
						e.one[k].out = false;
					}
				CHECK_EQ(espgw_flight_add(&p, o->size, now)->token,
					 token);
			}
			compare(&p, &e);
		}
	}
}

/* 16 in a row, then one in each half second; the pause counts as well. */
static void limited(void)
{
	uint32_t i, n;

	for (n = 1; n <= 3; n++) {
		struct espgw_probe p = { .token = 0 };
		uint64_t now = 1000000;

		for (i = 0; i + n <= 16; i++) {
			CHECK(espgw_flight_not_before(&p, n) <= now);
			espgw_flight_add(&p, 1000, now);
			CHECK_EQ(p.paid_ms, now + 500 * (i + 1));
		}
		CHECK_EQ(espgw_flight_not_before(&p, n), now + 500);
		/* what was paid for does not count any more */
		now = p.paid_ms + 1;
		espgw_flight_add(&p, 1000, now);
		CHECK_EQ(p.paid_ms, now + 500);
		CHECK_EQ(espgw_flight_not_before(&p, 1), now + 500 - 7500);
		CHECK_EQ(espgw_flight_not_before(&p, 3), now + 500 - 6500);
		p.wake_ms = now + 77;
		CHECK_EQ(espgw_flight_not_before(&p, n), now + 77);
	}
	/* at the beginning of time */
	for (i = 0; i < 20; i++) {
		struct espgw_probe p = { .paid_ms = 7490 + i };

		CHECK_EQ(espgw_flight_not_before(&p, 1), i > 10 ? i - 10 : 0);
	}
}

/* RFC 6298 2 by fractions, as whole numbers of eighths and quarters have it. */
static void round_trips(void)
{
	uint32_t i, k, n = rounds(2000);

	for (i = 0; i < n; i++) {
		struct espgw_probe p = { .token = 0 };
		uint32_t srtt8 = 0, var4 = 0;

		for (k = 0; k < 20; k++) {
			uint32_t top = one_in(2) ? 300 : 5000;
			uint32_t rtt = rnd_below(top), r = rtt, ms, off;

			if (!rtt)
				r = 1;
			if (rtt > 3000)
				r = 3000;
			if (!k) {
				srtt8 = 8 * r;
				var4 = 2 * r;
			} else {
				off = r > srtt8 / 8 ? r - srtt8 / 8 :
						      srtt8 / 8 - r;
				var4 = var4 - var4 / 4 + off;
				srtt8 = srtt8 - srtt8 / 8 + r;
			}
			espgw_flight_measure(&p, rtt);
			CHECK_EQ(p.srtt, srtt8);
			CHECK_EQ(p.rttvar, var4);
			ms = srtt8 / 8 + var4;
			if (ms < 200)
				ms = 200;
			for (p.mute = 0; p.mute < 6; p.mute++) {
				uint32_t times = 1u << min_t(u32, p.mute, 3);

				CHECK_EQ(espgw_flight_timeout(&p),
					 ms * times > 3000 ? 3000 : ms * times);
			}
		}
	}
}

static void first_time_out(void)
{
	static const uint32_t ms[] = { 1000, 2000, 3000, 3000, 3000 };
	struct espgw_probe p = { .token = 0 };

	for (p.mute = 0; p.mute < ARRAY_SIZE(ms); p.mute++)
		CHECK_EQ(espgw_flight_timeout(&p), ms[p.mute]);
	/* an answer at once, again and again */
	p.mute = 0;
	espgw_flight_measure(&p, 0);
	CHECK_EQ(p.srtt, 8);
	CHECK_EQ(espgw_flight_timeout(&p), 200);
	/* longer than any that is waited for */
	espgw_flight_measure(&p, ~0ULL);
	CHECK_EQ(p.srtt, 8 - 1 + 3000);
}

TESTS({ "names, and what is known of them", all_kinds },
      { "not too many", limited },
      { "round-trip times", round_trips },
      { "time-outs without one", first_time_out });
