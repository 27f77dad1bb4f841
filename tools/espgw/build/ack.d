build/ack.o: ack.c ack.h attr.h addr.h say.h
ack.h:
attr.h:
addr.h:
say.h:
