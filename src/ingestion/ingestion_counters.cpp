#include "ingestion/ingestion_counters.h"

namespace micromegas::ingestion {

Counter processes_stored{"micromegas_ingestion_processes_total", "Process messages acknowledged"};
Counter streams_stored{"micromegas_ingestion_streams_total", "Stream messages acknowledged"};
Counter blocks_stored{"micromegas_ingestion_blocks_total", "Block messages acknowledged"};
Counter blocks_repeated{"micromegas_ingestion_blocks_repeated_total",
                        "Block messages acknowledged that were stored before"};
Counter payload_bytes_stored{"micromegas_ingestion_payload_bytes_total",
                             "Bytes of block payloads stored"};
Counter commits{"micromegas_ingestion_commits_total",
                "Transactions that stored one or more messages"};
Counter requests_refused{"micromegas_ingestion_requests_refused_total",
                         "Requests answered with a 4xx status"};
Counter requests_failed{"micromegas_ingestion_requests_failed_total",
                        "Requests answered with a 5xx status"};
Counter connections_accepted{"micromegas_ingestion_connections_accepted_total",
                             "Connections accepted"};
Counter connections_timed_out{"micromegas_ingestion_connections_timed_out_total",
                              "Connections closed because the client was too slow"};
Counter connections_evicted{"micromegas_ingestion_connections_evicted_total",
                            "Connections closed, without a key so far, to make room for others"};

}  // namespace micromegas::ingestion
