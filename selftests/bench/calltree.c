// SPDX-License-Identifier: GPL-2.0
/*
 * calltree - a plugin of QEMU's: which functions of the guest's kernel call
 * which, and how many instructions each executes
 *
 * -plugin calltree.so,dir=DIR
 *
 * Between two marks that the guest executes (MARK, bench.py makes them) all is
 * counted, by blocks of instructions as QEMU translates them. The guest has put
 * its /proc/kallsyms into DIR before; the tree goes to DIR/calltree, a line for
 * each node, callers before callees: depth, calls, instructions, name.
 *
 * One processor. Who called is known by a stack of return addresses that is
 * kept here beside the guest's. When the guest goes on with another task, the
 * tree goes on at its root.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What of QEMU's plugin interface, version 1, is used; Debian packages no header. */
#define EXPORT __attribute__((visibility("default")))
struct qemu_info_t;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
void qemu_plugin_register_vcpu_tb_trans_cb(uint64_t id, void (*f)(uint64_t id, struct qemu_plugin_tb *tb));
void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *tb, void (*f)(unsigned int cpu, void *data), int flags, void *data);
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *insn, void (*f)(unsigned int cpu, void *data), int flags,
					    void *data);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *tb);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb, size_t i);
const void *qemu_plugin_insn_data(const struct qemu_plugin_insn *insn);
size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *insn);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *insn);
EXPORT int qemu_plugin_version = 1;

/* nopl with a displacement that nobody else has; its last byte says start or stop */
static const uint8_t mark[] = { 0x0f, 0x1f, 0x80, 'e', 's', 'p' };
enum { MARK_START = '+', MARK_STOP = '-' };

#define KERNEL 0xffff800000000000ull

enum kind {
	PLAIN,
	ENTRY,	/* where interrupts and faults come in */
	JUMP,	/* a thunk for indirect jumps and calls */
	RETURN, /* a thunk for returns */
};

static const struct {
	const char *prefix;
	enum kind kind;
} kinds[] = {
	{ "asm_", ENTRY },
	{ "__x86_indirect_", JUMP },
	{ "__x86_return_", RETURN },
	{ "srso_", RETURN },
	{ "retbleed_", RETURN },
};

struct symbol {
	uint64_t address;
	char *name;
	enum kind kind;
};

/* A block of instructions, as QEMU translates it. */
struct block {
	uint64_t start, next;
	unsigned int insns;
	enum { GOES_ON, CALLS, RETURNS, IRETS } end;
	const struct symbol *symbol;
	bool known;
};

struct node {
	const struct symbol *symbol;
	struct node *parent, *child, *sibling;
	uint64_t insns, calls;
};

static const char *dir = ".";
static struct symbol user = { .name = "(user space)" };
static struct symbol *symbols;
static size_t symbol_count;
static bool counting;
static struct node root = { .symbol = &user };
static struct node *at = &root;
static const struct block *before;

static struct frame {
	uint64_t returns_to; /* 0: an interrupt */
	struct node *caller;
} stack[1 << 12];
static size_t depth;

static FILE *file(const char *name, const char *how)
{
	char path[4096];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, how);
	if (!f)
		perror(path);
	return f;
}

static int by_address(const void *a, const void *b)
{
	const struct symbol *x = a, *y = b;

	return (x->address > y->address) - (x->address < y->address);
}

static void read_symbols(void)
{
	FILE *f = file("kallsyms", "r");
	char line[1024], name[512], type;
	uint64_t address;
	size_t i, room = 0;

	while (f && fgets(line, sizeof(line), f)) {
		struct symbol *s;

		if (sscanf(line, "%" SCNx64 " %c %511s", &address, &type, name) != 3 || !strchr("tTwW", type) || address < KERNEL)
			continue;
		if (symbol_count == room) {
			room = room ? 2 * room : 1 << 16;
			symbols = realloc(symbols, room * sizeof(*symbols));
			if (!symbols)
				abort();
		}
		s = &symbols[symbol_count++];
		*s = (struct symbol){ .address = address, .name = strdup(name) };
		for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
			if (!strncmp(name, kinds[i].prefix, strlen(kinds[i].prefix)))
				s->kind = kinds[i].kind;
	}
	if (f)
		fclose(f);
	qsort(symbols, symbol_count, sizeof(*symbols), by_address);
}

static const struct symbol *symbol_of(uint64_t address)
{
	size_t low = 0, high = symbol_count;

	if (!symbol_count || address < symbols[0].address)
		return &user;
	while (high - low > 1) {
		size_t middle = (low + high) / 2;

		*(symbols[middle].address <= address ? &low : &high) = middle;
	}
	/* of several names for one address always the same */
	while (low && symbols[low - 1].address == symbols[low].address)
		low--;
	return &symbols[low];
}

static struct node *child_of(struct node *parent, const struct symbol *symbol)
{
	struct node *n;

	for (n = parent->child; n; n = n->sibling)
		if (n->symbol == symbol)
			return n;
	n = calloc(1, sizeof(*n));
	if (!n)
		abort();
	*n = (struct node){ .symbol = symbol, .parent = parent, .sibling = parent->child };
	parent->child = n;
	return n;
}

static void push(uint64_t returns_to)
{
	if (depth == sizeof(stack) / sizeof(stack[0]))
		depth = 0;
	stack[depth++] = (struct frame){ returns_to, at };
}

/* Back to who expects to be returned to there; 0: to who was interrupted. */
static bool pop(uint64_t address)
{
	size_t i = depth;

	while (i-- > 0)
		if (stack[i].returns_to == address) {
			depth = i;
			at = stack[i].caller;
			return true;
		}
	return false;
}

/* Another task, or nobody knows how we came here. */
static void begin(const struct symbol *symbol)
{
	depth = 0;
	at = child_of(&root, symbol);
}

static void follow(const struct block *b)
{
	const struct symbol *s = b->symbol;
	bool starts = b->start == s->address;

	if (!before || s == &user || before->symbol == &user) {
		begin(s);
	} else if (s->kind == ENTRY && starts && before->end != CALLS) {
		push(0);
		at = child_of(&root, s);
		at->calls++;
	} else if (before->end == CALLS) {
		push(before->next);
		at = child_of(at, s);
		at->calls++;
	} else if (before->end == RETURNS || before->end == IRETS) {
		if (!pop(before->end == IRETS ? 0 : b->start) || at->symbol != s)
			begin(s);
	} else if (at->symbol != s) { /* a jump: the caller is the same */
		at = child_of(at->parent ? at->parent : &root, s);
		at->calls += starts;
	}
}

static void executed(unsigned int cpu, void *data)
{
	struct block *b = data;

	if (!counting)
		return;
	if (!b->known) {
		b->symbol = b->start < KERNEL ? &user : symbol_of(b->start);
		b->known = true;
	}
	/* Thunks are a part of who goes through them: what counts is what was before them, and that they return. */
	if (b->symbol->kind != JUMP && b->symbol->kind != RETURN)
		follow(b);
	at->insns += b->insns;
	if (b->symbol->kind != JUMP)
		before = b;
}

static void print(FILE *f, const struct node *n, unsigned int level)
{
	for (; n; n = n->sibling) {
		fprintf(f, "%u %" PRIu64 " %" PRIu64 " %s\n", level, n->calls, n->insns, n->symbol->name);
		print(f, n->child, level + 1);
	}
}

static void marked(unsigned int cpu, void *data)
{
	FILE *f;

	if ((uintptr_t)data == MARK_START) {
		read_symbols();
		counting = true;
	} else if (counting) {
		counting = false;
		f = file("calltree", "w");
		if (f) {
			print(f, root.child, 0);
			fclose(f);
		}
	}
}

static int end_of(const uint8_t *code, size_t size)
{
	size_t i = 0;

	/* prefixes */
	while (i + 1 < size && (strchr("\xf2\xf3\x66\x2e\x3e", code[i]) || (code[i] & 0xf0) == 0x40))
		i++;
	if (code[i] == 0xe8 || (code[i] == 0xff && i + 1 < size && (code[i + 1] & 0x38) == 0x10))
		return CALLS;
	if (code[i] == 0xc3 || code[i] == 0xc2)
		return RETURNS;
	return code[i] == 0xcf ? IRETS : GOES_ON;
}

static void translated(uint64_t id, struct qemu_plugin_tb *tb)
{
	struct block *b = calloc(1, sizeof(*b));
	size_t i, n = qemu_plugin_tb_n_insns(tb);

	if (!b)
		abort();
	b->start = qemu_plugin_tb_vaddr(tb);
	b->insns = n;
	for (i = 0; i < n; i++) {
		struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
		const uint8_t *code = qemu_plugin_insn_data(insn);
		size_t size = qemu_plugin_insn_size(insn);

		b->end = end_of(code, size);
		b->next = qemu_plugin_insn_vaddr(insn) + size;
		if (size == sizeof(mark) + 1 && !memcmp(code, mark, sizeof(mark)))
			qemu_plugin_register_vcpu_insn_exec_cb(insn, marked, 0, (void *)(uintptr_t)code[sizeof(mark)]);
	}
	qemu_plugin_register_vcpu_tb_exec_cb(tb, executed, 0, b);
}

EXPORT int qemu_plugin_install(uint64_t id, const struct qemu_info_t *info, int argc, char **argv)
{
	int i;

	for (i = 0; i < argc; i++)
		if (!strncmp(argv[i], "dir=", 4))
			dir = strdup(argv[i] + 4);
	qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
	return 0;
}
