#ifndef MICROMEGAS_C_H
#define MICROMEGAS_C_H

/* NOLINTBEGIN(modernize-*, readability-*): it is C. */

#include <stddef.h>
#include <stdint.h>

/*
 * The instrumentation for C99, and for every language that calls C. It is the one of the C++
 * headers: the same events on the same threads, the same promise that nothing of it blocks, fails
 * or reaches the program.
 *
 *     static micromegas_site fetch_site = MICROMEGAS_SITE("fetch");
 *
 *     micromegas_async_span fetch;
 *     micromegas_begin_async_span(&fetch, &fetch_site);
 *     ...
 *     micromegas_end_async_span(&fetch, MICROMEGAS_OK);
 *
 * Texts are UTF-8 and end with a zero.
 *
 * The ABI: within one MICROMEGAS_ABI_VERSION structs keep their size and what is there stays. A
 * struct that may grow begins with its size as the program knows it, which the *_INIT macros fill
 * in; what a program does not know yet is left alone. Ask `micromegas_abi_version()` which one the
 * library has, when it is loaded at run time.
 */

#define MICROMEGAS_ABI_VERSION 1

#ifdef __cplusplus
extern "C" {
#endif

uint32_t micromegas_abi_version(void);

/* --- Start and stop. They come with the HTTP sink. ------------------------------------------- */

/* How the program is recorded. What is not set comes from the environment, else a default; see
 * TelemetryOptions in start.h. What that has beyond these is not set: its console, crash folder,
 * suspensions and identity provider come from the environment. */
typedef struct micromegas_options {
  size_t size;
  const char* url;           /* NULL: MICROMEGAS_TELEMETRY_URL */
  const char* api_key;       /* NULL: MICROMEGAS_INGESTION_API_KEY */
  const char* properties;    /* Of the process, "k=v,k=v"; NULL: none but the environment's */
  int32_t cpu_tracing;       /* Whether spans are recorded; below 0: the environment says */
  int32_t compression_level; /* LZ4's; below 0: the default */
  uint64_t flush_period_ms;  /* 0: the environment says */
  uint64_t drain_timeout_ms; /* 0: the default. Likewise the next three */
  uint64_t block_bytes;
  uint64_t buffer_bytes;
  uint64_t queue_bytes;
} micromegas_options;

#define MICROMEGAS_OPTIONS_INIT \
  {sizeof(micromegas_options), NULL, NULL, NULL, -1, -1, 0, 0, 0, 0, 0}

/* What was recorded, and what became of it: see TelemetryStatistics. */
typedef struct micromegas_statistics {
  size_t size;
  uint64_t events;
  uint64_t blocks;
  uint64_t blocks_sent;
  uint64_t requests_sent;
  uint64_t bytes_sent;
  uint64_t dropped_events;
  uint64_t dropped_requests;
  uint64_t dropped_request_events;
  uint64_t failed_attempts;
} micromegas_statistics;

#define MICROMEGAS_STATISTICS_INIT {sizeof(micromegas_statistics), 0, 0, 0, 0, 0, 0, 0, 0, 0}

/* A recording of the program; one at a time. */
typedef struct micromegas_telemetry micromegas_telemetry;

/* Starts recording. `options` NULL: all from the environment. Never NULL unless there is no memory;
 * all functions take NULL for a recording that records nothing. */
micromegas_telemetry* micromegas_start(const micromegas_options* options);

/* Ends the recording: what was recorded has `drain_timeout_ms` to reach the server. Says in
 * `statistics`, unless it is NULL, how it went. */
void micromegas_stop(micromegas_telemetry* telemetry, micromegas_statistics* statistics);

/* 1: something is recorded; 0: there is neither a URL nor MICROMEGAS_CONSOLE, what they say cannot
 * be followed, or there is another recording. */
int32_t micromegas_recording(const micromegas_telemetry* telemetry);

/* Puts all that was recorded before into blocks, which are sent soon. */
void micromegas_flush(micromegas_telemetry* telemetry);

/* The id by which servers know this process; empty when nothing is recorded. */
#define MICROMEGAS_PROCESS_ID_BYTES 37
void micromegas_process_id(const micromegas_telemetry* telemetry,
                           char id[MICROMEGAS_PROCESS_ID_BYTES]);

/* --- Call sites ------------------------------------------------------------------------------ */

/* A place in the source where spans begin: a static variable. Its texts may vanish (dlclose) once
 * the library that has it records no more. */
typedef struct micromegas_site {
  const char* name;
  const char* target; /* Which part of a program it belongs to. */
  const char* file;
  uint32_t line;
  uint32_t reserved;
  void* known_as; /* The library's. */
} micromegas_site;

#ifndef MICROMEGAS_TARGET
#define MICROMEGAS_TARGET "app"
#endif

#define MICROMEGAS_SITE(name) {name, MICROMEGAS_TARGET, __FILE__, __LINE__, 0, NULL}

/* --- Properties of spans, logs and metrics: see PropertySet -------------------------------------
 */

/* A set of names and values: a number, cheap to copy. The texts are kept elsewhere, and bounded. */
typedef struct micromegas_properties {
  uint64_t state[1];
} micromegas_properties;

/* Of `count` pairs: name, value, name, value, ... */
micromegas_properties micromegas_make_properties(const char* const* names_and_values, size_t count);

/* --- Thread spans: a scope of one thread. They nest. ------------------------------------------ */

typedef struct micromegas_thread_span {
  int64_t state;
} micromegas_thread_span;

micromegas_thread_span micromegas_begin_thread_span(micromegas_site* site);

/* With a name known at run time only: a kind of work, not data; each is kept for good. */
micromegas_thread_span micromegas_begin_named_thread_span(micromegas_site* site, const char* name);

/* On the thread that began it, in the reverse order of their beginnings. */
void micromegas_end_thread_span(micromegas_thread_span span);

/* --- Context: the async span that code runs in -------------------------------------------------
 *
 * A span begins as a child of the calling thread's context. It belongs to a piece of work, not to a
 * thread: who hands work to another thread captures the context here and enters it there. */

typedef struct micromegas_context {
  uint64_t state[4];
} micromegas_context;

/* The calling thread's. */
micromegas_context micromegas_current_context(void);

typedef struct micromegas_context_scope {
  uint64_t state[8];
} micromegas_context_scope;

/* Makes a context current on this thread, until it is left: in reverse order, on the same thread.
 * `scope` stays where it is meanwhile. */
void micromegas_enter_context(micromegas_context_scope* scope, const micromegas_context* context);
void micromegas_leave_context(micromegas_context_scope* scope);

/* --- Async spans: may end on another thread than they began on ---------------------------------
 */

enum { MICROMEGAS_OK = 0, MICROMEGAS_ERROR = 1, MICROMEGAS_CANCELLED = 2 };

/* A handle. May be copied along with the work; it is ended once, by one thread. */
typedef struct micromegas_async_span {
  uint64_t state[12];
} micromegas_async_span;

/* Begins now, as a child of the calling thread's context. */
void micromegas_begin_async_span(micromegas_async_span* span, micromegas_site* site);

/* The same with what is not NULL: a name known at run time only, a context taken earlier. */
void micromegas_begin_async_span_in(micromegas_async_span* span, micromegas_site* site,
                                    const char* name, const micromegas_context* parent);

/* Ends it now. What has no such outcome is MICROMEGAS_ERROR. A second call does nothing. */
void micromegas_end_async_span(micromegas_async_span* span, int32_t outcome);

/* Ends it with MICROMEGAS_ERROR, and says why. */
void micromegas_fail_async_span(micromegas_async_span* span, const char* why);

/* Further properties of the span, and of what takes its context from now on. */
void micromegas_add_properties(micromegas_async_span* span,
                               const micromegas_properties* properties);

/* What runs inside has this context. Good after the end as well. */
micromegas_context micromegas_async_span_context(const micromegas_async_span* span);

/* --- Logs ------------------------------------------------------------------------------------ */

enum {
  MICROMEGAS_LOG_FATAL = 1,
  MICROMEGAS_LOG_ERROR = 2,
  MICROMEGAS_LOG_WARN = 3,
  MICROMEGAS_LOG_INFO = 4,
  MICROMEGAS_LOG_DEBUG = 5,
  MICROMEGAS_LOG_TRACE = 6
};

/* A place in the source that logs: a static variable. */
typedef struct micromegas_log_site {
  const char* text;
  const char* target;
  const char* file;
  uint32_t line;
  int32_t level;
  void* known_as; /* The library's. */
} micromegas_log_site;

#define MICROMEGAS_LOG_SITE(level, text) {text, MICROMEGAS_TARGET, __FILE__, __LINE__, level, NULL}

/* 1: its logs are recorded now. Ask before putting a message together. */
int32_t micromegas_log_enabled(micromegas_log_site* site);

/* Logs a message, or what the site says when it is NULL. It bears the properties of the span that
 * it happens in, and those of its own, unless they are NULL. */
void micromegas_log(micromegas_log_site* site, const char* message,
                    const micromegas_properties* properties);

/* --- Metrics --------------------------------------------------------------------------------- */

/* A place in the source that measures: a static variable. */
typedef struct micromegas_metric_site {
  const char* name;
  const char* unit;
  const char* target;
  const char* file;
  uint32_t line;
  uint32_t reserved;
  void* known_as; /* The library's. */
} micromegas_metric_site;

#define MICROMEGAS_METRIC_SITE(name, unit) \
  {name, unit, MICROMEGAS_TARGET, __FILE__, __LINE__, 0, NULL}

/* A value, with the properties as those of a log. */
void micromegas_integer_metric(micromegas_metric_site* site, uint64_t value,
                               const micromegas_properties* properties);
void micromegas_float_metric(micromegas_metric_site* site, double value,
                             const micromegas_properties* properties);

#ifdef __cplusplus
}
#endif

/* NOLINTEND(modernize-*, readability-*) */

#endif
