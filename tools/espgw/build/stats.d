build/stats.o: stats.c stats.h ../../include/uapi/linux/espgw.h out.h \
 addr.h
stats.h:
../../include/uapi/linux/espgw.h:
out.h:
addr.h:
