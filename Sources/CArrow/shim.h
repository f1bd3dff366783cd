// Apache Arrow is a C++ library: ArrowBridge includes it; Swift sees nothing of it.
