// SPDX-License-Identifier: GPL-2.0
/*
 * test-apply - test what "apply" would do, without a kernel; speaks KTAP
 *
 * Links the tool's own objects, built with sanitizers. What there is and what
 * there is to be are both texts, and what comes out is a list of commands. That
 * list is compared with the one that is wanted, and is carried out in a model of
 * policies: after each step every packet has to meet what it met at the beginning
 * or what it meets at the end.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "differ.h"
#include "say.h"
#include "test.h"

#define K20 "00112233445566778899aabbccddeeffdeadbeef"
#define L20 "10112233445566778899aabbccddeeffdeadbeef"
#define PATH "src 192.0.2.1 dst 192.0.2.2"
#define BACK "src 192.0.2.2 dst 192.0.2.1"
#define OUT "sa add dir out " PATH " spi 0x1001 "
#define IN "sa add dir in " BACK " spi 0x1002 "
#define GCM "aead aes-gcm 0x" K20 " 128 "
#define GCM_SHOWN "aead rfc4106(gcm(aes)) (key) 128"
#define ANY "policy add src 10.1.0.0/16 dst 10.2.0.0/16 "
#define BY "protect reqid 1 " PATH

static char path[TEMPORARY];

/*
 * What has to be done, one command a line, with what was behind "<". Return: the
 * text, to be freed; what was said if something was.
 */
static char *differ(const char *have_text, const char *want_text)
{
	struct espgw_config want, have;
	struct espgw_steps steps = { 0 };
	char *text = NULL, *said = NULL, *copy = strdup(have_text);
	size_t len, said_len;
	FILE *to = open_memstream(&text, &len), *errors = open_memstream(&said, &said_len);
	FILE *file = fopen(path, "w");
	unsigned int i;

	if (!file || fputs(want_text, file) < 0 || fclose(file))
		abort();
	espgw_say_to(errors);
	memset(&have, 0, sizeof(have));
	if (!espgw_config_read(&want, path, false) && !espgw_config_text(&have, copy) &&
	    !espgw_differ(&steps, &want, &have)) {
		for (i = 0; i < steps.count; i++) {
			espgw_step_command(to, steps.step[i]);
			fputs(" <", to);
			espgw_step_was(to, steps.step[i]);
			fputc('\n', to);
		}
	}
	espgw_steps_free(&steps);
	espgw_config_free(&want);
	espgw_config_free(&have);
	espgw_say_to(NULL);
	fclose(to);
	fclose(errors);
	free(copy);
	if (!*said) {
		free(said);
		return text;
	}
	free(text);
	return said;
}

static const struct {
	const char *have;
	const char *want;
	const char *steps;
	const char *what;
} cases[] = {
	{ "", "# nothing\n", "", "nothing" },
	{ "", "guard on\ndefault set df set mss auto\nxfrm off\n", "", "what is built in" },
	{ "guard off\n", "", "guard on <\n", "the guard is on again" },
	{ "", "guard off\n", "guard off <\n", "the guard is off" },
	{ "xfrm on\n", "", "", "xfrm stays as it is" },
	{ "xfrm on\n", "xfrm off\n", "xfrm off <\n", "unless somebody says so" },
	{ "xfrm on\n", "xfrm on mode any\n", "", "xfrm's mode that is built in" },
	{ "xfrm on\n", "xfrm on mode policy\n", "xfrm on mode policy <\n", "xfrm's mode" },
	{ "", "xfrm set reqid 7 df copy\nxfrm set if-id 7 mss 900\nxfrm on\n",
	  "xfrm set reqid 7 df copy <\nxfrm set if-id 7 mss 900 <\nxfrm on <\n",
	  "MTU policies of connections, before they are adopted" },
	{ "xfrm set reqid 7 df copy mss 900\nxfrm on\n", "xfrm set reqid 7 mss 900\n",
	  "xfrm set reqid 7 df inherit < df copy mss 900\n", "what is said of one no more" },
	{ "xfrm set if-id 7 df copy\nxfrm on\n", "", "xfrm set if-id 7 df inherit < df copy\n",
	  "and nothing of it" },
	{ "xfrm set if-id 7 name a\n", "xfrm set if-id 7 comment 'x y' name a\nxfrm set reqid 7 name b\n",
	  "xfrm set if-id 7 comment \"x y\" <\nxfrm set reqid 7 name b <\n",
	  "what connections are called" },
	{ "xfrm set if-id 7 name a comment x df copy\n", "xfrm set if-id 7 name b\n",
	  "xfrm set if-id 7 name b comment \"\" df inherit < name a comment x df copy\n",
	  "one is called otherwise" },
	{ "xfrm set if-id 7 name a comment 'x y'\nxfrm set reqid 7 name a df copy\n",
	  "xfrm set reqid 7 name \"\" df copy\n",
	  "xfrm set reqid 7 name \"\" < name a\n"
	  "xfrm set if-id 7 name \"\" comment \"\" < name a comment \"x y\"\n",
	  "and called nothing" },
	{ "default set df copy mss 900\n", "default set mss 901\n",
	  "default set mss 901 df inherit < df copy mss 900\n", "the default" },
	{ "dev attach wan df copy\ndev attach lan\n", "dev attach wan mss 900\n",
	  "dev set wan mss 900 df inherit < df copy\ndev detach lan guarded <\n", "devices" },
	{ "dev attach wan\n", "dev attach wan mtu-follow on\n", "dev set wan mtu-follow on <\n",
	  "a device's MTU follows" },
	{ "dev attach wan mtu-follow on\n", "dev attach wan mtu-follow off mss inherit\n",
	  "dev set wan mtu-follow off < mtu-follow on\n", "and does so no more" },
	{ "dev attach wan\nvfr set dev wan dir in off timeout 9\n",
	  "dev attach wan\nvfr set dev wan dir in auto max-fragments 8\n",
	  "vfr set dev wan dir in auto max-fragments 8 timeout default < off timeout 9\n", "fragments" },
	{ "dev attach wan\nvfr set dev wan dir in off\n", "dev attach lan\n",
	  "dev attach lan <\ndev detach wan guarded <\n", "their settings go with a device" },
	{ "dev attach wan\n", "guard off\n", "dev detach wan <\nguard off <\n",
	  "a device is not taken from policies that it would open" },
	{ OUT GCM "seq 77", OUT GCM "reuse-key reqid 0 dscp copy ecn on", "",
	  "an SA is left alone: its numbers, what is built in" },
	{ IN GCM "replay-window 64 ecn on seq 5", IN GCM, "", "an inbound one as well" },
	{ OUT "enc cbc(aes) 0x00112233445566778899aabbccddeeff auth hmac(sha256) 0x1111 128",
	  OUT "enc aes-cbc 0x00112233445566778899aabbccddeeff auth sha256 0x1111 reuse-key", "",
	  "the ICV that the RFC says" },
	{ OUT "enc cbc(aes) 0x00112233445566778899aabbccddeeff auth hmac(sha1) 0x1111 96",
	  OUT "enc aes-cbc 0x00112233445566778899aabbccddeeff auth sha1 0x1111 reuse-key", "",
	  "SHA-1's" },
	{ OUT GCM "seq 77 limit soft packets 9 df copy tfc 9 ttl 9 mark 1/1",
	  OUT GCM "reuse-key dscp 9",
	  "sa set dir out dst 192.0.2.2 spi 0x00001001 mark 0x0/0x0 dscp 9 ttl inherit tfc 0 "
	  "limit soft packets 0 df inherit < mark 0x1/0x1 ttl 9 tfc 9 limit soft packets 9 df copy\n",
	  "what can be set is set" },
	{ OUT GCM "name a comment \"x y\"", OUT GCM "reuse-key name a comment 'x y'", "",
	  "what an SA is called is the same" },
	{ OUT GCM "name a", OUT GCM "reuse-key name b comment \"x y\"",
	  "sa set dir out name b dst 192.0.2.2 spi 0x00001001 comment \"x y\" < name a\n",
	  "it is called otherwise, and nothing else is touched" },
	{ OUT GCM "name a comment x", OUT GCM "reuse-key name \"\"",
	  "sa set dir out name \"\" dst 192.0.2.2 spi 0x00001001 comment \"\" < name a comment x\n",
	  "it is called nothing" },
	{ OUT GCM, OUT GCM "reuse-key name \"\" comment \"\"", "", "it was called nothing" },
	{ OUT GCM "reqid 1 name a", OUT GCM "reuse-key reqid 2",
	  "sa replace dir out name \"\" " PATH " spi 0x00001001 reqid 2 " GCM_SHOWN
	  " < name a reqid 1\n", "nor is what replaces it" },
	{ ANY "name a action " BY "\n" ANY "prio 1 name b comment c action bypass\n",
	  ANY "name b action " BY "\n" ANY "prio 1 action bypass",
	  "policy replace name b src 10.1.0.0/16 dst 10.2.0.0/16 action " BY " < name a\n"
	  "policy replace prio 1 src 10.1.0.0/16 dst 10.2.0.0/16 action bypass < name b comment c\n",
	  "what policies are called" },
	{ OUT GCM "encap espinudp 4500 4500", OUT GCM "reuse-key encap espinudp 4500 4501 keepalive 9",
	  "sa set dir out dst 192.0.2.2 spi 0x00001001 encap espinudp 4500 4501 keepalive 9 < encap "
	  "espinudp 4500 4500\n", "ports" },
	{ OUT GCM "encap espinudp 4500 4500", OUT GCM "reuse-key",
	  "sa replace dir out " PATH " spi 0x00001001 " GCM_SHOWN " < encap espinudp 4500 4500\n",
	  "without ports" },
	{ OUT GCM "reqid 1", OUT GCM "reuse-key reqid 2",
	  "sa replace dir out " PATH " spi 0x00001001 reqid 2 " GCM_SHOWN " < reqid 1\n", "a reqid" },
	{ OUT GCM, OUT "aead aes-gcm 0x" L20 " 128 reuse-key",
	  "sa replace dir out " PATH " spi 0x00001001 " GCM_SHOWN " < another key\n", "a key" },
	{ OUT GCM "\n" IN GCM "\n" ANY "action " BY, "",
	  "policy del src 10.1.0.0/16 dst 10.2.0.0/16 <\nsa del dir out dst 192.0.2.2 spi 0x00001001 <\n"
	  "sa del dir in dst 192.0.2.1 spi 0x00001002 <\n", "policies go before SAs" },
	{ "", "dev attach wan\n" ANY "action " BY "\n" OUT GCM "reuse-key\n" IN GCM,
	  "sa add dir in " BACK " spi 0x00001002 " GCM_SHOWN " <\n"
	  "sa add dir out " PATH " spi 0x00001001 " GCM_SHOWN " reuse-key <\n"
	  "policy add src 10.1.0.0/16 dst 10.2.0.0/16 action " BY " <\ndev attach wan <\n",
	  "SAs, policies, devices" },
	{ ANY "action " BY "\n", ANY "prio 0 action bypass",
	  "policy replace src 10.1.0.0/16 dst 10.2.0.0/16 action bypass < action " BY "\n",
	  "a policy is replaced" },
	{ OUT GCM "\npmtu set spi 0x1001 dst 192.0.2.2 mtu 1300 lock",
	  OUT GCM "reuse-key\npmtu set spi 0x1001 dst 192.0.2.2 mtu 1300",
	  "pmtu set spi 0x00001001 dst 192.0.2.2 mtu 1300 < lock\n", "a path MTU" },
	/* A path has one, of which the kernel tells at each of its SAs. */
	{ OUT GCM "\nsa add dir out " PATH " spi 0x1005 " GCM "\n"
	  "pmtu set spi 0x1001 dst 192.0.2.2 mtu 1300\npmtu set spi 0x1005 dst 192.0.2.2 mtu 1300\n",
	  OUT GCM "reuse-key\nsa add dir out " PATH " spi 0x1005 " GCM "reuse-key\n"
	  "pmtu set spi 0x1005 dst 192.0.2.2 mtu 1300\n", "", "a path MTU of two SAs" },
	/* Of an SA that is xfrm's. */
	{ "pmtu set spi 0x1001 dst 192.0.2.2 mtu 1300\n", "", "", "a path MTU of xfrm's" },
	{ "", OUT GCM,
	  "espgw: F: line 1: sa add: an outbound SA whose key is in a file uses its sequence numbers "
	  "again after every start, which breaks most ciphers: let a key daemon make it; "
	  "\"reuse-key\" does so all the same, for trials\n", "a key in a file" },
	{ "", IN GCM "reuse-key", "espgw: F: line 1: sa add: \"reuse-key\" goes with \"dir out\" only\n",
	  "reuse-key of an inbound SA" },
	{ "", "\nguard on\n\nguard off",
	  "espgw: F: line 4: guard off: contradicts, or repeats, F: line 2, which is about the same\n",
	  "a contradiction" },
};

/* F is the file's name. */
static char *with_name(const char *text)
{
	char *named = NULL;
	size_t len;
	FILE *to = open_memstream(&named, &len);
	const char *at;

	while ((at = strstr(text, " F: "))) {
		fprintf(to, "%.*s %s: ", (int)(at - text), text, path);
		text = at + 4;
	}
	fputs(text, to);
	fclose(to);
	return named;
}

static void test_cases(void)
{
	unsigned int i;

	for (i = 0; i < MNL_ARRAY_SIZE(cases); i++) {
		char *want = with_name(cases[i].steps), *got = differ(cases[i].have, cases[i].want);
		bool same = !strcmp(want, got);

		if (!same)
			printf("# want: %s# got: %s", want, got);
		point(same, "%s", cases[i].what);
		free(want);
		free(got);
	}
}

/* -- a model of policies */

#define POLICIES 7

/**
 * struct model_policy - a policy
 * @prio: its priority
 * @bits: of its destination's prefix, 16 or 24
 * @net: the third byte of that
 * @proto: 0: any
 * @action: 0: there is none
 */
struct model_policy {
	unsigned int prio;
	unsigned int bits;
	unsigned int net;
	unsigned int proto;
	unsigned int action;
};

static const char *const actions[] = { NULL, "bypass", "discard", BY,
				       "protect reqid 2 " PATH };

static bool same_name(const struct model_policy *a, const struct model_policy *b)
{
	return a->prio == b->prio && a->bits == b->bits && a->net == b->net && a->proto == b->proto;
}

static void random_policy(struct model_policy *p)
{
	p->prio = rand() % 3;
	p->bits = rand() % 2 ? 24 : 16;
	p->net = p->bits == 24 ? rand() % 2 : 0;
	p->proto = rand() % 2 ? 0 : 6 + 11 * (rand() % 2);
	p->action = 1 + rand() % 4;
}

static void random_policies(struct model_policy *list)
{
	unsigned int i, j;

	memset(list, 0, POLICIES * sizeof(*list));
	for (i = 0; i < POLICIES; i++) {
		if (rand() % 3 == 0)
			continue;
		random_policy(&list[i]);
		for (j = 0; j < i; j++)
			if (list[j].action && same_name(&list[i], &list[j]))
				list[i].action = 0;
	}
}

static char *policies_text(const struct model_policy *list)
{
	char *text = NULL;
	size_t len;
	FILE *to = open_memstream(&text, &len);
	unsigned int i;

	for (i = 0; i < POLICIES; i++) {
		const struct model_policy *p = &list[i];

		if (!p->action)
			continue;
		fprintf(to, "policy add prio %u src 10.1.0.0/16 dst 10.2.%u.0/%u", p->prio, p->net, p->bits);
		if (p->proto)
			fprintf(to, " proto %u", p->proto);
		fprintf(to, " action %s\n", actions[p->action]);
	}
	fclose(to);
	return text;
}

/* What a packet meets: lowest prio, then the most specific. */
static unsigned int meets(const struct model_policy *list, unsigned int count, unsigned int net,
			  unsigned int proto)
{
	const struct model_policy *best = NULL;
	unsigned int i;

	for (i = 0; i < count; i++) {
		const struct model_policy *p = &list[i];

		if (!p->action || (p->bits == 24 && p->net != net) || (p->proto && p->proto != proto))
			continue;
		if (!best || p->prio < best->prio ||
		    (p->prio == best->prio &&
		     p->bits * 2 + !!p->proto > best->bits * 2 + !!best->proto))
			best = p;
	}
	return best ? best->action : 0;
}

static void do_step(struct model_policy *list, const struct espgw_step *step)
{
	const struct espgw_policy *obj = &step->make.obj.policy;
	struct model_policy p = {
		.prio = espgw_has(obj, ESPGW_POLICY_A_PRIO) ? obj->number[ESPGW_POLICY_A_PRIO] : 0,
		.bits = obj->number[ESPGW_POLICY_A_DST_LEN],
		.net = obj->dst.byte[2],
		.proto = espgw_has(obj, ESPGW_POLICY_A_PROTO) ? obj->number[ESPGW_POLICY_A_PROTO] : 0,
	};
	unsigned int i, empty = 2 * POLICIES;

	for (i = 0; i < 2 * POLICIES; i++) {
		if (!list[i].action)
			empty = i;
		else if (same_name(&list[i], &p))
			break;
	}
	if (i == 2 * POLICIES)
		i = empty;
	switch (step->want ? obj->number[ESPGW_POLICY_A_ACTION] : 0) {
	case ESPGW_ACTION_BYPASS:
		p.action = 1;
		break;
	case ESPGW_ACTION_DISCARD:
		p.action = 2;
		break;
	case ESPGW_ACTION_PROTECT:
		p.action = 2 + obj->number[ESPGW_POLICY_A_REQID];
		break;
	}
	list[i] = p;
}

/* After each step, every packet meets what it met or what it will meet. */
static void test_order(void)
{
	static const unsigned int protos[] = { 1, 6, 17 };
	unsigned int round, i, net, proto, steps_done = 0, bad = 0;

	srand(4301);
	for (round = 0; round < 3000 && !bad; round++) {
		struct model_policy old[2 * POLICIES] = { 0 }, new[POLICIES], now[2 * POLICIES];
		struct espgw_config want, have;
		struct espgw_steps steps;
		char *old_text, *new_text;

		random_policies(old);
		random_policies(new);
		if (rand() % 2)
			memcpy(new, old, sizeof(*new) * (rand() % POLICIES));
		for (i = 0; i < POLICIES; i++)
			for (net = i + 1; net < POLICIES; net++)
				if (same_name(&new[i], &new[net]))
					new[net].action = 0;
		memcpy(now, old, sizeof(now));
		old_text = policies_text(old);
		new_text = policies_text(new);
		if (espgw_config_text(&have, old_text) || espgw_config_text(&want, new_text) ||
		    espgw_differ(&steps, &want, &have))
			abort();
		for (i = 0; i < steps.count; i++) {
			do_step(now, steps.step[i]);
			steps_done++;
			for (net = 0; net < 3; net++)
				for (proto = 0; proto < 3; proto++) {
					unsigned int got = meets(now, 2 * POLICIES, net, protos[proto]);

					bad += got != meets(old, POLICIES, net, protos[proto]) &&
					       got != meets(new, POLICIES, net, protos[proto]);
				}
		}
		for (net = 0; net < 3; net++)
			for (proto = 0; proto < 3; proto++)
				bad += meets(now, 2 * POLICIES, net, protos[proto]) !=
				       meets(new, POLICIES, net, protos[proto]);
		if (bad)
			printf("# round %u: %u packets\n", round, bad);
		espgw_steps_free(&steps);
		espgw_config_free(&want);
		espgw_config_free(&have);
		free(old_text);
		free(new_text);
	}
	point(!bad, "%u changes of policies: no packet meets what is neither old nor new", steps_done);
}

int main(void)
{
	temporary_file(path, "apply");
	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("KTAP version 1\n");
	test_cases();
	test_order();
	printf("1..%u\n", points);
	unlink(path);
	return failed ? 1 : 0;
}
