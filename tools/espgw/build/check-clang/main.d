build/check-clang/main.o: main.c batch.h netns.h say.h verb.h args.h \
  addr.h dev.h ../../include/uapi/linux/espgw.h mtu.h out.h nl.h attr.h \
  pmtu.h policy.h sa.h alg.h stats.h

batch.h:

netns.h:

say.h:

verb.h:

args.h:

addr.h:

dev.h:

../../include/uapi/linux/espgw.h:

mtu.h:

out.h:

nl.h:

attr.h:

pmtu.h:

policy.h:

sa.h:

alg.h:

stats.h:
