// What is called of libpq: a function that is missing here is missed by the linker.
#include "PostgresBridge.h"

#include <stddef.h>

#if defined(TIDEMILL_POSTGRES) && defined(__linux__)
#include "../CPostgres/shim.h"
#include "LazyLibrary.h"

static tidemill_lazy_library lazy_library = TIDEMILL_LAZY_LIBRARY("libpq.so.5");

const char *tidemill_postgres_problem(void) { return tidemill_lazy_load(&lazy_library); }

TIDEMILL_LAZY_1(void, PQclear, PGresult *)
TIDEMILL_LAZY_1(PostgresPollingStatusType, PQconnectPoll, PGconn *)
TIDEMILL_LAZY_3(PGconn *, PQconnectStartParams, const char *const *, const char *const *, int)
TIDEMILL_LAZY_1(int, PQconnectionNeedsPassword, const PGconn *)
TIDEMILL_LAZY_1(void, PQconninfoFree, PQconninfoOption *)
TIDEMILL_LAZY_2(PQconninfoOption *, PQconninfoParse, const char *, char **)
TIDEMILL_LAZY_1(char *, PQerrorMessage, const PGconn *)
TIDEMILL_LAZY_2(PGresult *, PQexec, PGconn *, const char *)
TIDEMILL_LAZY_8(PGresult *, PQexecParams, PGconn *, const char *, int, const Oid *, const char *const *, const int *,
    const int *, int)
TIDEMILL_LAZY_1(void, PQfinish, PGconn *)
TIDEMILL_LAZY_1(void, PQfreemem, void *)
TIDEMILL_LAZY_1(PGresult *, PQgetResult, PGconn *)
TIDEMILL_LAZY_3(int, PQgetisnull, const PGresult *, int, int)
TIDEMILL_LAZY_3(char *, PQgetvalue, const PGresult *, int, int)
TIDEMILL_LAZY_1(int, PQnfields, const PGresult *)
TIDEMILL_LAZY_1(int, PQntuples, const PGresult *)
TIDEMILL_LAZY_3(int, PQputCopyData, PGconn *, const char *, int)
TIDEMILL_LAZY_2(int, PQputCopyEnd, PGconn *, const char *)
TIDEMILL_LAZY_2(char *, PQresultErrorField, const PGresult *, int)
TIDEMILL_LAZY_1(ExecStatusType, PQresultStatus, const PGresult *)
TIDEMILL_LAZY_1(int, PQserverVersion, const PGconn *)
TIDEMILL_LAZY_2(PGVerbosity, PQsetErrorVerbosity, PGconn *, PGVerbosity)
TIDEMILL_LAZY_3(PQnoticeProcessor, PQsetNoticeProcessor, PGconn *, PQnoticeProcessor, void *)
TIDEMILL_LAZY_1(int, PQsocket, const PGconn *)
TIDEMILL_LAZY_1(ConnStatusType, PQstatus, const PGconn *)
TIDEMILL_LAZY_1(PGTransactionStatusType, PQtransactionStatus, const PGconn *)

#else
const char *tidemill_postgres_problem(void) { return NULL; }
#endif
