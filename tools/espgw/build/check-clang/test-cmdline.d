build/check-clang/test-cmdline.o: test-cmdline.c ack.h attr.h addr.h \
  batch.h monitor.h say.h verb.h args.h dev.h \
  ../../include/uapi/linux/espgw.h mtu.h out.h nl.h pmtu.h policy.h sa.h \
  alg.h stats.h

ack.h:

attr.h:

addr.h:

batch.h:

monitor.h:

say.h:

verb.h:

args.h:

dev.h:

../../include/uapi/linux/espgw.h:

mtu.h:

out.h:

nl.h:

pmtu.h:

policy.h:

sa.h:

alg.h:

stats.h:
