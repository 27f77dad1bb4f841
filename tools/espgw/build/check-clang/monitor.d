build/check-clang/monitor.o: monitor.c attr.h addr.h monitor.h say.h \
  verb.h args.h dev.h ../../include/uapi/linux/espgw.h mtu.h out.h nl.h \
  pmtu.h policy.h sa.h alg.h stats.h

attr.h:

addr.h:

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
