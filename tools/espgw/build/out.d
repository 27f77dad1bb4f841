build/out.o: out.c out.h addr.h
out.h:
addr.h:
