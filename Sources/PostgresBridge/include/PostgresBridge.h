// libpq, loaded when it is first needed.
#pragma once

/// Loads libpq unless it is there already. Returns `NULL`, or why it can't be used, for as long as the process lives.
///
/// To be called before any of libpq's functions, which end the process when there is none.
const char *tidemill_postgres_problem(void);
