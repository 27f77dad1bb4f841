build/check-cc/netns.o: netns.c args.h addr.h netns.h say.h
args.h:
addr.h:
netns.h:
say.h:
