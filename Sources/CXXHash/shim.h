// xxHash is all macros and inline functions: XXHashBridge includes it; Swift sees nothing of it.
