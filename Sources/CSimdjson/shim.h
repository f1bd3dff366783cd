// simdjson is a C++ library: SimdjsonBridge includes it; Swift sees nothing of it.
