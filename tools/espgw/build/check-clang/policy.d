build/check-clang/policy.o: policy.c attr.h addr.h batch.h policy.h \
  ../../include/uapi/linux/espgw.h args.h out.h say.h

attr.h:

addr.h:

batch.h:

policy.h:

../../include/uapi/linux/espgw.h:

args.h:

out.h:

say.h:
