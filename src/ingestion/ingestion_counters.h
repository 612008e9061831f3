#pragma once

#include "base/counters.h"

namespace micromegas::ingestion {

// What ingestion did since the program started, for `/metrics` and the log.

extern Counter processes_stored;  ///< Acknowledged, repeats included (as the next two).
extern Counter streams_stored;
extern Counter blocks_stored;
extern Counter blocks_repeated;  ///< Acknowledged without storing: already there.
extern Counter payload_bytes_stored;
extern Counter commits;           ///< Transactions: one for many requests.
extern Counter requests_refused;  ///< Answered 4xx.
extern Counter requests_failed;   ///< Answered 5xx.
extern Counter connections_accepted;
extern Counter connections_timed_out;  ///< Closed because a client was too slow.
extern Counter connections_evicted;    ///< Closed, without a key so far, to make room for others.

}  // namespace micromegas::ingestion
