build/check-cc/args.o: args.c args.h addr.h say.h
args.h:
addr.h:
say.h:
