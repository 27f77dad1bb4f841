build/verb.o: verb.c batch.h monitor.h save.h say.h verb.h args.h addr.h \
 dev.h ../../include/uapi/linux/espgw.h mtu.h out.h nl.h attr.h pmtu.h \
 policy.h sa.h alg.h stats.h
batch.h:
monitor.h:
save.h:
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
